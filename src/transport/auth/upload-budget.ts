/** How much of the bodies of requests is held at a time, so that many of them, however slow, cost bounded memory. */
import { VoxbridgeError } from '../../errors.ts'

/** One client gets a quarter at most, so that the others are not kept out. */
const shares = 4

/** The body of one request. */
export interface Upload {
  /**
   * Counts bytes that are kept from now on.
   * @throws VoxbridgeError ERR_OVERLOADED where there is no room for them; then they must not be kept.
   */
  add(bytes: number): void
  /** Nothing of it is kept any more. */
  release(): void
}

export class UploadBudget {
  readonly #maxBytes: number
  readonly #bytesOf = new Map<string, number>()
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Bytes that are held now. */
  get bytes(): number {
    return this.#bytes
  }

  /** @param keys those who have to share with themselves; none has the room of all. */
  open(keys: readonly string[]): Upload {
    let held = 0
    return {
      add: (bytes) => {
        this.#check(keys, bytes)
        held += bytes
        this.#change(keys, bytes)
      },
      release: () => {
        this.#change(keys, -held)
        held = 0
      },
    }
  }

  #check(keys: readonly string[], bytes: number): void {
    const maxOfOne = this.#maxBytes / shares
    if (keys.some((key) => (this.#bytesOf.get(key) ?? 0) + bytes > maxOfOne)) {
      throw noRoom(`your requests that are under way have ${Math.round(maxOfOne / 2 ** 20)} MB already`)
    }
    if (this.#bytes + bytes > this.#maxBytes) throw noRoom('many others send large requests just now')
  }

  #change(keys: readonly string[], bytes: number): void {
    this.#bytes += bytes
    for (const key of keys) {
      const left = (this.#bytesOf.get(key) ?? 0) + bytes
      if (left > 0) this.#bytesOf.set(key, left)
      else this.#bytesOf.delete(key)
    }
  }
}

function noRoom(why: string): VoxbridgeError {
  return new VoxbridgeError('ERR_OVERLOADED', `There is no room for this body now: ${why}. Try again later.`)
}
