/** What an overflow rule chose to give up, and the word for it that the client reads. */
export interface Loss<T> {
  readonly item: T
  readonly reason: string
}

/**
 * Chooses among the waiting items, oldest first, until their weights reach `excess`. Items without weight are not
 * offered to it.
 */
export type OverflowRule<T> = (waiting: readonly T[], excess: number) => readonly Loss<T>[]

export interface BoundedQueueOptions<T> {
  /** Most weight that may wait. */
  readonly capacity: number
  /** Weight of an item, e.g. its milliseconds of audio. What weighs nothing is never given up. */
  readonly weigh: (item: T) => number
  readonly overflow: OverflowRule<T>
  /** Makes the item that tells the reader of a loss; it is read before anything that still waits. */
  readonly report: (lost: number, reason: string) => T
  /** Most items without weight that may wait. */
  readonly maxWeightless: number
  readonly signal: AbortSignal
}

/**
 * A queue between a callback that cannot wait and a reader that can. `push` never blocks; what does not fit is given
 * up by the overflow rule and reported to the reader. Reading throws the signal's reason once it is aborted.
 */
export class BoundedQueue<T> implements AsyncIterable<T> {
  readonly #options: BoundedQueueOptions<T>
  #items: T[] = []
  #weight = 0
  #weightless = 0
  readonly #lost = new Map<string, number>()
  #ended = false
  #wake: (() => void) | undefined

  constructor(options: BoundedQueueOptions<T>) {
    this.#options = options
  }

  /** Weight that waits. */
  get weight(): number {
    return this.#weight
  }

  /** @returns false where the item was refused: it has no weight and too many such wait, or the queue has ended. */
  push(item: T): boolean {
    if (this.#ended) return false
    const weight = this.#options.weigh(item)
    if (weight === 0) {
      if (this.#weightless >= this.#options.maxWeightless) return false
      this.#weightless++
    }
    this.#items.push(item)
    this.#weight += weight
    if (this.#weight > this.#options.capacity) this.#giveUp(this.#weight - this.#options.capacity)
    this.#wake?.()
    return true
  }

  /** Nothing more comes; the reader ends after what waits. */
  end(): void {
    this.#ended = true
    this.#wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    const { signal, report } = this.#options
    const wake = () => this.#wake?.()
    signal.addEventListener('abort', wake)
    try {
      for (;;) {
        signal.throwIfAborted()
        for (const [reason, lost] of this.#lost) {
          this.#lost.delete(reason)
          yield report(lost, reason)
        }
        const item = this.#take()
        if (item !== undefined) yield item
        else if (this.#ended) return
        else await new Promise<void>((resolve) => (this.#wake = resolve))
      }
    } finally {
      signal.removeEventListener('abort', wake)
      this.end()
      this.#items = []
    }
  }

  #take(): T | undefined {
    const item = this.#items.shift()
    if (item === undefined) return undefined
    const weight = this.#options.weigh(item)
    this.#weight -= weight
    if (weight === 0) this.#weightless--
    return item
  }

  #giveUp(excess: number): void {
    const { overflow, weigh } = this.#options
    const candidates = this.#items.filter((item) => weigh(item) > 0)
    const given = new Set<T>()
    for (const { item, reason } of overflow(candidates, excess)) {
      given.add(item)
      this.#weight -= weigh(item)
      this.#lost.set(reason, (this.#lost.get(reason) ?? 0) + weigh(item))
    }
    this.#items = this.#items.filter((item) => !given.has(item))
  }
}
