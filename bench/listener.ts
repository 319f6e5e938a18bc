/** A listener at the client: plays what arrives as the page does and notes when each clause is heard. */
import type { AudioPiece, SpokenClause, StreamClient } from '../src/cli/stream-client.ts'
import { findAudible } from './audible.ts'

/** All moments are readings of `performance.now()`. */
export interface HeardClause {
  readonly segment: number
  readonly text: string
  /** Of its first piece. */
  readonly arrivedAt: number
  /** Its first sample above silence, where nothing before it still plays; undefined while there was none. */
  soundsAt: number | undefined
  /** The end of what has arrived of it, behind what was to be played before. */
  playedAt: number
}

export class Listener {
  readonly clauses: HeardClause[] = []
  #playing: SpokenClause | undefined
  /** The end of the clause's pieces so far, where nothing before it still plays. */
  #clauseEndsAt = -Infinity
  #playedUntil = -Infinity

  /** The pieces are given up once they are played, so that hours of listening fit into the memory. */
  static to(client: StreamClient): Listener {
    const listener = new Listener()
    client.on('audio', (clause, piece) => {
      listener.hear(clause, piece)
      clause.pieces.length = 0
    })
    return listener
  }

  hear(clause: SpokenClause, { at, pcm }: AudioPiece): void {
    const { segment, text, sampleRate } = clause
    const toMs = (samples: number): number => (samples / sampleRate) * 1000
    if (this.#playing !== clause) {
      this.#playing = clause
      this.#clauseEndsAt = at
      this.clauses.push({ segment, text, arrivedAt: at, soundsAt: undefined, playedAt: at })
    }
    const heard = this.clauses[this.clauses.length - 1] as HeardClause
    const startsAt = Math.max(at, this.#clauseEndsAt)
    const audible = findAudible(pcm)
    if (audible >= 0) heard.soundsAt ??= startsAt + toMs(audible)
    this.#clauseEndsAt = startsAt + toMs(pcm.length)
    this.#playedUntil = Math.max(at, this.#playedUntil) + toMs(pcm.length)
    heard.playedAt = this.#playedUntil
  }

  /** How much is still to be played at the moment `at`. */
  backlogMs(at: number): number {
    return Math.max(0, this.#playedUntil - at)
  }
}
