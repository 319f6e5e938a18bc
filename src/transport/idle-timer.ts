/** Calls back once nothing has happened for a while. One timer, however often `touch` is called. */
export class IdleTimer {
  readonly #timeoutMs: number
  readonly #onIdle: () => void
  #lastTouchAt = performance.now()
  #timer: NodeJS.Timeout

  constructor(timeoutMs: number, onIdle: () => void) {
    this.#timeoutMs = timeoutMs
    this.#onIdle = onIdle
    this.#timer = this.#arm(timeoutMs)
  }

  touch(): void {
    this.#lastTouchAt = performance.now()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #arm(delayMs: number): NodeJS.Timeout {
    return setTimeout(() => {
      const leftMs = this.#lastTouchAt + this.#timeoutMs - performance.now()
      if (leftMs <= 0) this.#onIdle()
      else this.#timer = this.#arm(leftMs)
    }, delayMs).unref()
  }
}
