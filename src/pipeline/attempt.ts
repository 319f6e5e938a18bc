/**
 * Work on speech that may still go on. Nobody is told of it before it is known to be wanted, and it is given up when
 * the speech turns out otherwise.
 */
export class Attempt {
  readonly #controller = new AbortController()
  /** Set by the stage that does the work, once it is done or has failed. */
  settled = false

  /** Aborts when the work is not wanted any more. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  abandon(): void {
    this.#controller.abort()
  }
}

/** Hearing unfinished speech. */
export class HearingAttempt extends Attempt {
  /**
   * Set where a sentence ends at this place of the channel's audio and speech goes on: the utterance ends there, and
   * the rest is the next one.
   */
  sentenceEndMs: number | undefined
}

/**
 * The bet that a pause is the end of an utterance. Each stage prepares its answer while the pause lasts, and gives it
 * when the bet is won.
 */
export class Speculation extends Attempt {
  /** What was heard; undefined until the recogniser has answered. */
  text: string | undefined
  /** Probability that the speaker has finished, by the sound; undefined until it is known. */
  finished: number | undefined
  /** Time that the engines have spent on it. */
  workMs = 0
}
