// @ts-check
/** What was sent of late, in case the server has not received it when the line drops. */

/** @typedef {string | ArrayBuffer} Sendable */

export class SentLog {
  #maxBytes
  /** @type {Sendable[]} */
  #items = []
  #bytes = 0
  /** Messages that were given up before the first of `#items`. */
  #gone = 0
  /** Messages that were taken, of all that were ever pushed. */
  #taken = 0

  /** @param {number} maxBytes beyond it the oldest are given up */
  constructor(maxBytes) {
    this.#maxBytes = maxBytes
  }

  /** @param {Sendable} item not to be changed afterwards */
  push(item) {
    this.#items.push(item)
    this.#bytes += sizeOf(item)
    while (this.#bytes > this.#maxBytes && this.#items.length > 1) {
      this.#bytes -= sizeOf(/** @type {Sendable} */ (this.#items.shift()))
      this.#gone++
    }
    this.#taken = Math.max(this.#taken, this.#gone)
  }

  /** The next message to send; undefined where all are sent. */
  take() {
    const item = this.#items[this.#taken - this.#gone]
    if (item !== undefined) this.#taken++
    return item
  }

  /** Goes back to the message after the first `received` ones, or to the oldest that is still there. @param {number} received */
  rewind(received) {
    this.#taken = Math.max(received, this.#gone)
  }
}

/** @param {Sendable} item */
function sizeOf(item) {
  return typeof item === 'string' ? item.length : item.byteLength
}
