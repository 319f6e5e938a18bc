/**
 * Entries of several channels that wait for one server: first in, first out within a channel; of the channels that
 * wait, the one that was served longest ago is next, and one that never was comes before them all.
 */
export class FairLane<T> {
  readonly #memory: number
  readonly #waiting = new Map<string, T[]>()
  /** Channels that were served lately; the last one stands at the end. */
  readonly #served = new Set<string>()
  #size = 0

  /** @param memory how many channels are remembered; a forgotten one counts as never served. */
  constructor(memory: number) {
    this.#memory = memory
  }

  get size(): number {
    return this.#size
  }

  push(entry: T, channel: string): void {
    const entries = this.#waiting.get(channel)
    if (entries) entries.push(entry)
    else this.#waiting.set(channel, [entry])
    this.#size++
  }

  shift(): T | undefined {
    const channel = this.#next()
    if (channel === undefined) return undefined
    this.#remember(channel)
    return this.#take(channel, 0)
  }

  /** Takes out one entry, if it still waits; nobody loses a turn by that. */
  remove(entry: T): void {
    for (const [channel, entries] of this.#waiting) {
      const index = entries.indexOf(entry)
      if (index >= 0) this.#take(channel, index)
    }
  }

  #next(): string | undefined {
    for (const channel of this.#waiting.keys()) if (!this.#served.has(channel)) return channel
    for (const channel of this.#served) if (this.#waiting.has(channel)) return channel
    return undefined
  }

  #remember(channel: string): void {
    this.#served.delete(channel)
    this.#served.add(channel)
    const [oldest] = this.#served
    if (this.#served.size > this.#memory && oldest !== undefined) this.#served.delete(oldest)
  }

  #take(channel: string, index: number): T | undefined {
    const entries = this.#waiting.get(channel)
    const [entry] = entries?.splice(index, 1) ?? []
    if (entries?.length === 0) this.#waiting.delete(channel)
    this.#size--
    return entry
  }
}
