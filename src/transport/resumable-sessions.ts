/** The sessions that a client can come back to, by their ids: those that go on, and for a while those that are done. */
import { VoxbridgeError } from '../errors.ts'
import type { Session } from './session.ts'

/** The last words of more are not kept. */
const maxEnded = 16

interface Kept {
  readonly session: Session
  /** Name of the token that the client came with. */
  readonly token: string | undefined
}

export class ResumableSessions {
  readonly #windowMs: number
  readonly #sessions = new Map<string, Kept>()
  /** Timers that forget those which are done, the oldest first. */
  readonly #ended = new Map<string, NodeJS.Timeout>()
  #closed = false

  /** @param windowMs how long the last words of a session are kept. */
  constructor(windowMs: number) {
    this.#windowMs = windowMs
  }

  /** @param token name of the one that its client came with, and has to come back with. */
  add(id: string, session: Session, token: string | undefined): void {
    this.#sessions.set(id, { session, token })
  }

  /** The session has ended; what it said last may not have arrived. */
  end(id: string): void {
    if (this.#closed || !this.#sessions.get(id)?.session.resumable) return void this.#sessions.delete(id)
    this.#ended.set(
      id,
      setTimeout(() => this.#forget(id), this.#windowMs),
    )
    const [oldest] = this.#ended.keys()
    if (this.#ended.size > maxEnded && oldest !== undefined) this.#forget(oldest)
  }

  /**
   * The answer is the same for an id that never was, for one that is no more, and for somebody else's.
   * @throws VoxbridgeError ERR_SESSION_GONE, ERR_NOT_READY
   */
  find(id: string, token: string | undefined): Session {
    if (this.#closed) throw new VoxbridgeError('ERR_NOT_READY', 'The server is going away.')
    const kept = this.#sessions.get(id)
    if (kept?.session.resumable && kept.token === token) return kept.session
    const message =
      'There is no session of this sessionId to come back to: connect without it, and a new one begins.'
    throw new VoxbridgeError('ERR_SESSION_GONE', message)
  }

  /** Nobody can come back from now on. */
  close(): void {
    this.#closed = true
    for (const id of this.#ended.keys()) this.#forget(id)
  }

  #forget(id: string): void {
    clearTimeout(this.#ended.get(id))
    this.#ended.delete(id)
    this.#sessions.delete(id)
  }
}
