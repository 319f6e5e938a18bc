/**
 * A session's way to its client. The connection may fall and another one take its place: what was sent is kept for a
 * while and sent again from where the client has got to.
 */
import { type Position, ReplayLog } from './replay-log.ts'
import type { Connection } from './socket.ts'

export interface LineOptions {
  /** Speech waits where more than this is on its way, so that captions overtake it. */
  readonly bufferBytes: number
  /** A message could not be sent because the client is too far behind. */
  readonly onStalled: () => void
}

/** What a client that comes back is told of what it missed. */
export interface Resumption {
  readonly lostMessages: number
  readonly lostSamples: number
  /** Samples of speech that come before what is sent now. */
  readonly audioSamples: number
}

/** Forty seconds of speech: as much as the buffers of a network and of both its ends may have swallowed. */
const maxReplayBytes = 2 * 1024 * 1024
/** A connection is known to be dead after half of it, and a client may stay away for the other half. */
const maxReplayAgeMs = 70_000

export class Line {
  readonly #options: LineOptions
  readonly #log = new ReplayLog({ maxBytes: maxReplayBytes, maxAgeMs: maxReplayAgeMs })
  #connection: Connection | undefined
  #ended = false
  #onChange: (() => void)[] = []

  constructor(options: LineOptions) {
    this.#options = options
  }

  /** Whether there is a connection that is not known to be closed. */
  get up(): boolean {
    return this.#connection?.open ?? false
  }

  /** Whether `connection` is the one in use. */
  has(connection: Connection): boolean {
    return this.#connection === connection
  }

  /** Whether the client can have received so much. */
  covers({ seq, audioSamples = 0 }: Position): boolean {
    return seq <= this.#log.seq && audioSamples <= this.#log.audioSamples
  }

  /** Takes `connection` from now on; @returns the one that was open until now. */
  use(connection: Connection): Connection | undefined {
    const former = this.up ? this.#connection : undefined
    this.#connection = connection
    this.#changed()
    return former
  }

  /**
   * Sends again what came after `position`.
   * @param greet the message that goes first; it has the number of the last message that is not sent again.
   */
  replay(position: Position, greet: (seq: number, resumption: Resumption) => string): void {
    const { seq, items, ...resumption } = this.#log.after(position)
    this.#transmit(greet(seq, resumption))
    for (const item of items) this.#transmit(item)
  }

  /** After `end` nothing is sent. @param format writes the message with its number. */
  sendText(format: (seq: number) => string): void {
    if (this.#ended) return
    const text = format(this.#log.seq + 1)
    this.#log.pushText(text)
    this.#transmit(text)
  }

  /** @param pcm not to be changed afterwards. */
  sendAudio(pcm: Uint8Array): void {
    if (this.#ended) return
    this.#log.pushAudio(pcm)
    this.#transmit(pcm)
  }

  /** Resolves once there is a connection that can take more, or there never will be. */
  async writable(): Promise<void> {
    while (!this.#ended) {
      if (!this.#connection?.open) await new Promise<void>((resolve) => this.#onChange.push(resolve))
      else {
        const connection = this.#connection
        await connection.drained(this.#options.bufferBytes)
        if (connection === this.#connection && connection.open) return
      }
    }
  }

  /** Nothing more will be sent, but what was can still be fetched. */
  end(code: number, reason: string): void {
    this.#ended = true
    this.#connection?.close(code, reason)
    this.#changed()
  }

  /** Nothing can be fetched any more. */
  forget(): void {
    this.#log.clear()
  }

  /** What cannot be sent would leave a hole that the client cannot see. */
  #transmit(message: string | Uint8Array): void {
    if (!this.#connection?.open || this.#connection.send(message)) return
    this.#options.onStalled()
  }

  #changed(): void {
    const waiting = this.#onChange
    this.#onChange = []
    for (const resolve of waiting) resolve()
  }
}
