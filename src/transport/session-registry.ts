/** Who is connected: one session for each channelId, and how they end together. */
import { VoxbridgeError } from '../errors.ts'
import type { OpenChannel } from '../models/load.ts'
import { closeCodes, type LoadChange } from './protocol.ts'
import type { ChannelPass } from './auth/gate.ts'
import type { Session } from './session.ts'
import { within } from '../pipeline/within.ts'

/** A place that is taken from the request to connect until the connection has ended. */
export interface Seat {
  session: Session | undefined
  leave(): void
}

interface TakenSeat extends Seat {
  readonly takenAt: number
  readonly engines: readonly string[]
}

export class SessionRegistry {
  readonly #seats = new Map<string, TakenSeat>()
  #stopping = false

  get size(): number {
    return this.#seats.size
  }

  /**
   * @param engines names of those that the channel may ask.
   * @param pass is given back with the seat, or at once where there is none.
   * @throws VoxbridgeError ERR_CHANNEL_TAKEN, ERR_NOT_READY
   */
  take(channelId: string, engines: readonly string[], pass: Pick<ChannelPass, 'leave'>): Seat {
    const refusal = this.#whyNot(channelId)
    if (refusal) {
      pass.leave()
      throw refusal
    }
    const leave = (): void => {
      this.#seats.delete(channelId)
      pass.leave()
    }
    const seat = { session: undefined, leave, takenAt: performance.now(), engines }
    this.#seats.set(channelId, seat)
    return seat
  }

  channels(): OpenChannel[] {
    const now = performance.now()
    return [...this.#seats].map(([id, { engines, takenAt }]) => ({ id, ageMs: now - takenAt, engines }))
  }

  /** Tells everybody. */
  announce(change: LoadChange): void {
    for (const { session } of this.#seats.values()) session?.announce(change)
  }

  /** Sends those away whose token holds no longer. */
  checkPasses(): void {
    for (const { session } of this.#seats.values()) session?.checkPass()
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

  #whyNot(channelId: string): VoxbridgeError | undefined {
    if (this.#stopping) return new VoxbridgeError('ERR_NOT_READY', 'The server is going away.')
    if (!this.#seats.has(channelId)) return undefined
    const message = `channelId ${channelId} is in use: take another, or close that connection first.`
    return new VoxbridgeError('ERR_CHANNEL_TAKEN', message)
  }
}
