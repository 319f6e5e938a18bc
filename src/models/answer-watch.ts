/** Tells when an engine has been silent for too long over a request. */
export class AnswerWatch {
  readonly #onSilence: (limitMs: number) => void
  #timer: NodeJS.Timeout | undefined

  constructor(onSilence: (limitMs: number) => void) {
    this.#onSilence = onSilence
  }

  get running(): boolean {
    return this.#timer !== undefined
  }

  /** From now on the engine has so long until it is next heard of; Infinity watches nothing. */
  expect(limitMs: number): void {
    this.stop()
    if (limitMs === Infinity) return
    this.#timer = setTimeout(() => this.#onSilence(limitMs), limitMs).unref()
  }

  /** It was heard of: the same time begins anew. */
  heard(): void {
    this.#timer?.refresh()
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
