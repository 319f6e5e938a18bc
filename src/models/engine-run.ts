import type { RequestOrigin } from './request-queue.ts'

/** One request on its way through an engine: what the worker sent and the consumer has not taken yet. */
export class EngineRun<Item> {
  readonly id: number
  readonly request: unknown
  readonly origin: RequestOrigin
  readonly cancelFlag = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)
  /** Workers that died over it. */
  deaths = 0
  readonly #items: Item[] = []
  #received = 0
  #ended = false
  #taken = false
  #error: Error | undefined
  #wake: (() => void) | undefined

  constructor(id: number, request: unknown, origin: RequestOrigin) {
    this.id = id
    this.request = request
    this.origin = origin
  }

  /** Items that a worker has sent. */
  get received(): number {
    return this.#received
  }

  /** Items that wait for the consumer. */
  get untaken(): number {
    return this.#items.length
  }

  /** Whether nobody waits for more of it. */
  get cancelled(): boolean {
    return Atomics.load(new Int32Array(this.cancelFlag), 0) !== 0
  }

  /** Whether it was cancelled before anything of it was taken. */
  get abandoned(): boolean {
    return !this.#taken && this.cancelled
  }

  push(item: Item): void {
    if (this.#ended) return
    this.#received++
    this.#items.push(item)
    this.#notify()
  }

  /** Only the first end counts: what a cancelled run still sends is of no interest. */
  end(error?: Error): void {
    if (this.#ended) return
    this.#ended = true
    this.#error = error
    this.#notify()
  }

  /** Tells the engine to stop; the items that are left are dropped. */
  cancel(error?: Error): void {
    Atomics.store(new Int32Array(this.cancelFlag), 0, 1)
    this.#items.length = 0
    this.end(error)
  }

  /** The next item, or undefined at the end. */
  async next(): Promise<Item | undefined> {
    while (this.#items.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
    const item = this.#items.shift()
    if (item === undefined && this.#error) throw this.#error
    this.#taken ||= item !== undefined
    return item
  }

  #notify(): void {
    this.#wake?.()
    this.#wake = undefined
  }
}
