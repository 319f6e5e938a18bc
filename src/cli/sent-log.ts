/** What a client has sent of late, in case the server has not received it when the connection falls. */
export type Sendable = string | Uint8Array

export class SentLog {
  readonly #maxBytes: number
  #items: Sendable[] = []
  #bytes = 0
  /** Messages that were given up before the first of `#items`. */
  #gone = 0
  /** Messages that were taken, of all that were ever pushed. */
  #taken = 0

  /** @param maxBytes beyond it the oldest are given up. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** @param item not to be changed afterwards. */
  push(item: Sendable): void {
    this.#items.push(item)
    this.#bytes += item.length
    while (this.#bytes > this.#maxBytes && this.#items.length > 1) {
      this.#bytes -= this.#items.shift()?.length ?? 0
      this.#gone++
    }
    this.#taken = Math.max(this.#taken, this.#gone)
  }

  /** The next message to send; undefined where all are sent. */
  take(): Sendable | undefined {
    const item = this.#items[this.#taken - this.#gone]
    if (item !== undefined) this.#taken++
    return item
  }

  /**
   * Goes back to the message after the first `received` ones.
   * @returns how many of those the server lacks are no longer there
   */
  rewind(received: number): number {
    this.#taken = Math.max(received, this.#gone)
    return this.#taken - received
  }
}
