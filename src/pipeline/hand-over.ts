export interface HandOverOptions<T> {
  /** Most weight that may wait; a writer goes on as long as less than this waits. */
  readonly capacity: number
  /** Weight of an item, more than 0; 1 each when left out. */
  readonly weigh?: (item: T) => number
  readonly signal?: AbortSignal
}

/**
 * A bounded place between writers that wait for room and one reader. Order is kept; an error is thrown after the
 * items that came before it. Reading throws the signal's reason once it is aborted.
 */
export class HandOver<T> implements AsyncIterable<T> {
  readonly #capacity: number
  readonly #weigh: (item: T) => number
  readonly #signal: AbortSignal | undefined
  readonly #waiting: T[] = []
  #weight = 0
  /** Set when the reader has left or the signal is aborted. */
  #closed = false
  #ending: { readonly error?: unknown } | undefined
  #wakeReader: (() => void) | undefined
  #wakeWriters: (() => void)[] = []

  constructor({ capacity, weigh = () => 1, signal }: HandOverOptions<T>) {
    this.#capacity = capacity
    this.#weigh = weigh
    this.#signal = signal
  }

  /**
   * Resolves once there is room for another item.
   * @returns false where nobody will read any more.
   */
  async put(item: T): Promise<boolean> {
    if (this.#closed) return false
    this.#waiting.push(item)
    this.#weight += this.#weigh(item)
    this.#wakeReader?.()
    while (this.#weight >= this.#capacity && !this.#closed) {
      await new Promise<void>((resolve) => this.#wakeWriters.push(resolve))
    }
    return !this.#closed
  }

  /** Puts all items of `source`, then ends as it does; leaves it early where nobody reads. */
  async fill(source: AsyncIterable<T>): Promise<void> {
    try {
      for await (const item of source) if (!(await this.put(item))) break
      this.end()
    } catch (error) {
      this.end({ error })
    }
  }

  /** Nothing more comes; the reader ends, with the error if there is one, after what waits. */
  end(ending: { readonly error?: unknown } = {}): void {
    this.#ending ??= ending
    this.#wakeReader?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    const onAbort = (): void => {
      this.#close()
      this.#wakeReader?.()
    }
    this.#signal?.addEventListener('abort', onAbort)
    try {
      for (;;) {
        this.#signal?.throwIfAborted()
        const item = this.#waiting.shift()
        if (item !== undefined) {
          this.#weight -= this.#weigh(item)
          this.#releaseWriters()
          yield item
        } else if (this.#ending) {
          if ('error' in this.#ending) throw this.#ending.error
          return
        } else {
          await new Promise<void>((resolve) => (this.#wakeReader = resolve))
        }
      }
    } finally {
      this.#signal?.removeEventListener('abort', onAbort)
      this.#close()
    }
  }

  #close(): void {
    this.#closed = true
    this.#releaseWriters()
  }

  #releaseWriters(): void {
    for (const wake of this.#wakeWriters.splice(0)) wake()
  }
}
