import { VoxbridgeError } from '../errors.ts'

/** Lets so many pieces of work run at a time and refuses more. */
export class RequestLimit {
  readonly #max: number
  #running = 0

  constructor(max: number) {
    this.#max = max
  }

  /** @throws VoxbridgeError ERR_OVERLOADED */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#max) {
      const message = `${this.#max} requests are being answered already; try again later.`
      throw new VoxbridgeError('ERR_OVERLOADED', message)
    }
    this.#running++
    try {
      return await work()
    } finally {
      this.#running--
    }
  }
}
