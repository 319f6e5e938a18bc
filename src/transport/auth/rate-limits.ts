/** How much of something each client may have. Whatever number of clients comes, the memory for them is bounded. */

export interface Rate {
  /** From 1 on; Infinity lets everything through. */
  readonly max: number
  readonly perMs: number
}

/** From so many on, those whose allowance is whole again are forgotten; then, if need be, the oldest. */
const maxKeys = 10_000

/**
 * So much in a time, refilled steadily: the generic cell rate algorithm (ITU-T I.371), whose whole state is when the
 * allowance is full again. One that is not used up may be overdrawn once, so that an amount larger than what is left
 * is not stuck for ever.
 */
export class RateLimit {
  readonly #rate: Rate
  readonly #now: () => number
  readonly #fullAt = new Map<string, number>()

  constructor(rate: Rate, now = (): number => performance.now()) {
    this.#rate = rate
    this.#now = now
  }

  /** @returns 0 where it is granted, else how many milliseconds it takes until some is left again. */
  take(key: string, amount = 1): number {
    const { max, perMs } = this.#rate
    if (max === Infinity) return 0
    const now = this.#now()
    const fullAt = Math.max(now, this.#fullAt.get(key) ?? 0)
    const unitMs = perMs / max
    const waitMs = fullAt - now - perMs + unitMs
    // What is less than a billionth of the time comes from rounding.
    if (waitMs > perMs * 1e-9) return waitMs
    this.#forget(now)
    this.#fullAt.set(key, fullAt + amount * unitMs)
    return 0
  }

  get size(): number {
    return this.#fullAt.size
  }

  #forget(now: number): void {
    if (this.#fullAt.size < maxKeys) return
    for (const [key, fullAt] of this.#fullAt) if (fullAt <= now) this.#fullAt.delete(key)
    const [oldest] = this.#fullAt.keys()
    if (this.#fullAt.size >= maxKeys && oldest !== undefined) this.#fullAt.delete(oldest)
  }
}

/** So many at a time. */
export class Places {
  readonly #taken = new Map<string, number>()

  /** @returns whether there was one. */
  take(key: string, max: number): boolean {
    const taken = this.#taken.get(key) ?? 0
    if (taken >= max) return false
    this.#taken.set(key, taken + 1)
    return true
  }

  leave(key: string): void {
    const left = (this.#taken.get(key) ?? 0) - 1
    if (left > 0) this.#taken.set(key, left)
    else this.#taken.delete(key)
  }
}
