import type { ServerMessage, Summary } from './protocol.ts'

/** Counts what a connection took in and sent, for the `closed` message. */
export class Tally {
  /** Audio of the client, at its own rate. */
  audioInMs = 0
  /** Speech that was sent to it. */
  audioOutMs = 0
  #segments = 0
  #errors = 0
  #droppedMs = 0

  /** @param message is about to be sent. */
  count(message: ServerMessage): void {
    if (message.type === 'speech-end') this.#segments++
    else if (message.type === 'error') this.#errors++
    else if (message.type === 'overrun') this.#droppedMs += message.droppedMs
  }

  get summary(): Summary {
    return {
      segments: this.#segments,
      errors: this.#errors,
      audioInMs: Math.round(this.audioInMs),
      audioOutMs: Math.round(this.audioOutMs),
      droppedMs: Math.round(this.#droppedMs),
    }
  }
}
