/** Who is connected: one session for each channelId, a limit on all of them, and how they end together. */
import { VoxbridgeError } from '../errors.ts'
import { closeCodes } from './protocol.ts'
import type { Session } from './session.ts'
import { within } from '../pipeline/within.ts'

/** A place that is taken from the request to connect until the connection has ended. */
export interface Seat {
  session: Session | undefined
  leave(): void
}

export class SessionRegistry {
  readonly #maxSessions: number
  readonly #seats = new Map<string, Seat>()
  #stopping = false

  constructor(maxSessions: number) {
    this.#maxSessions = maxSessions
  }

  get size(): number {
    return this.#seats.size
  }

  /** @throws VoxbridgeError ERR_CHANNEL_TAKEN, ERR_OVERLOADED, ERR_NOT_READY */
  take(channelId: string): Seat {
    if (this.#stopping) throw new VoxbridgeError('ERR_NOT_READY', 'The server is going away.')
    if (this.#seats.has(channelId)) {
      const message = `channelId ${channelId} is in use: take another, or close that connection first.`
      throw new VoxbridgeError('ERR_CHANNEL_TAKEN', message)
    }
    if (this.#seats.size >= this.#maxSessions) {
      const message = `All ${this.#maxSessions} channels are in use; try again later.`
      throw new VoxbridgeError('ERR_OVERLOADED', message)
    }
    const seat: Seat = { session: undefined, leave: () => this.#seats.delete(channelId) }
    this.#seats.set(channelId, seat)
    return seat
  }

  /** Takes nobody any more; sessions may finish what is in flight within `timeoutMs`, then they are cut. */
  async drain(timeoutMs: number): Promise<void> {
    this.#stopping = true
    const sessions = [...this.#seats.values()].flatMap(({ session }) => session ?? [])
    const reason = 'the server is going away'
    const finished = Promise.all(sessions.map((session) => session.finish(closeCodes.goingAway, reason)))
    if (await within(finished, timeoutMs)) return
    for (const session of sessions) session.abort(closeCodes.goingAway, reason)
  }
}
