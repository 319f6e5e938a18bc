import { fastestSpeed } from './speech-request.ts'

/** How fast to speak so that a listener who has fallen behind catches up. */
export interface Pace {
  /** 1 is the voice's own rate. */
  readonly speed: number
  /** Length of the pauses between clauses, 1 for those of the voice. */
  readonly gap: number
}

/** A listener who is less behind when a passage begins is not hurried. */
const unhurriedMs = 1_000
/** A listener who is this much behind is hurried as much as speech can bear. */
const hurriedMs = 4_000
const fastest = 1.2
const shortestGap = 0.3

/**
 * @param backlogMs speech that waits to be played.
 * @param wantedSpeed for a listener who is not behind.
 */
export function paceFor(backlogMs: number, wantedSpeed = 1): Pace {
  const hurry = Math.min(1, Math.max(0, (backlogMs - unhurriedMs) / (hurriedMs - unhurriedMs)))
  const speed = Math.min(fastestSpeed, wantedSpeed * (1 + (fastest - 1) * hurry))
  return { speed, gap: 1 - (1 - shortestGap) * hurry }
}

/** A listener who plays all speech as it comes, one piece after the other. */
export class Playback {
  readonly #now: () => number
  #endsAt = 0

  /** @param now a clock in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Speech that has not been played yet. */
  get backlogMs(): number {
    return Math.max(0, this.#endsAt - this.#now())
  }

  add(durationMs: number): void {
    this.#endsAt = Math.max(this.#endsAt, this.#now()) + durationMs
  }
}
