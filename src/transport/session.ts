/**
 * One client's conversation: what it sends goes into its channel, what the channel says goes to the client. Where its
 * connection falls, the session waits for it to come back by another one.
 */
import { type ErrorCode, toVoxbridgeError, VoxbridgeError } from '../errors.ts'
import type { Channel } from '../pipeline/channel.ts'
import type { ChannelSettings, Event } from '../pipeline/stage.ts'
import { reportLatency } from '../pipeline/timing.ts'
import { within } from '../pipeline/within.ts'
import { type AudioEvent, AudioOutbox } from './audio-outbox.ts'
import type { ChannelPass } from './auth/gate.ts'
import { IdleTimer } from './idle-timer.ts'
import { type Abilities, changeSettings, checkVoice } from './languages.ts'
import { Line, type Resumption } from './line.ts'
import { decodePcm16, encodePcm16 } from './pcm.ts'
import {
  type ClientMessage,
  type CloseCode,
  closeCodes,
  formatMessage,
  type LoadChange,
  type LoadReport,
  maxMessageBytes,
  parseMessage,
  type Ready,
  type ServerMessage,
  type Summary,
} from './protocol.ts'
import { readyMessage } from './ready-message.ts'
import type { Position } from './replay-log.ts'
import type { Resampler } from './resampler.ts'
import type { Connection, ConnectionHandler } from './socket.ts'
import { Tally } from './tally.ts'
import type { ConnectRequest } from './upgrade.ts'

export interface SessionOptions {
  readonly id: string
  readonly request: ConnectRequest
  readonly channel: Channel
  /** Asked before anything is taken in. */
  readonly pass: ChannelPass
  readonly resampler: Resampler
  readonly abilities: Abilities
  readonly outputRateHz: number
  readonly maxFrameBytes: number
  readonly idleTimeoutMs: number
  /** How long the session waits for a client whose connection fell; 0: not at all. */
  readonly resumeWindowMs: number
  readonly load: () => LoadReport
  /** Told of every message that is sent, for the metrics. */
  readonly onSent: (message: ServerMessage) => void
  /** Told when the connection fell and the session waits, and when the client is back. */
  readonly onLine: (state: 'lost' | 'resumed') => void
  /** Told once, when the channel has ended. */
  readonly onEnd: (code: CloseCode, summary: Summary) => void
}

/** Speech beyond this stays in the outbox, where captions overtake it. */
const socketBufferBytes = 64 * 1024
/** A listener who is this far behind loses whole segments of speech. */
const outboxCapacityMs = 30_000
/** Frames of odd length that are answered before the connection is closed. */
const maxBadFrames = 10

/** Told at once, so that the client does not go on speaking to nobody while its last words are finished. */
const goingAway = {
  code: 'ERR_NOT_READY',
  message:
    'The server is going away: what was said so far is finished, nothing more is heard. Connect again.',
  retryable: true,
} as const
/** What a client says by closing: it is done. Any other code is that of a connection that fell. */
const partingCodes: readonly number[] = [1000, 1001, 1005]

/** A close frame holds 123 bytes of reason. */
const maxReasonChars = 120

/** Errors after which there is no going on; all others are told and the channel lives. */
const fatal: ReadonlyMap<ErrorCode, CloseCode> = new Map([
  ['ERR_MESSAGE', closeCodes.badMessage],
  ['ERR_FRAME_TOO_LARGE', closeCodes.frameTooLarge],
  ['ERR_IDLE', closeCodes.idle],
  ['ERR_TOO_MANY', closeCodes.policy],
  ['ERR_UNAUTHORIZED', closeCodes.policy],
  ['ERR_INTERNAL', closeCodes.internal],
])

export class Session {
  readonly #options: SessionOptions
  readonly #line: Line
  readonly #outbox: AudioOutbox
  #idle: IdleTimer | undefined
  /** Runs while the session waits for its client. */
  #away: NodeJS.Timeout | undefined
  /** Resolves once the session has ended. */
  readonly #ended: Promise<void>
  #resolveEnded: () => void = () => undefined
  readonly #tally = new Tally()
  #settings: ChannelSettings
  #received = { messages: 0, samples: 0 }
  #badFrames = 0
  /** Set once the end is decided; nothing is taken in from then on. */
  #closing: { readonly code: CloseCode; readonly reason: string } | undefined
  #concluded = false
  #aborted = false

  /** `attach` gives it its first connection. */
  constructor(options: SessionOptions) {
    this.#options = options
    this.#settings = options.request.settings
    this.#line = new Line({
      bufferBytes: socketBufferBytes,
      onStalled: () => this.abort(closeCodes.overloaded, 'the client does not read'),
    })
    this.#outbox = new AudioOutbox({
      capacityMs: outboxCapacityMs,
      sampleRateHz: options.outputRateHz,
      send: (event) => this.#sendAudio(event),
      writable: () => this.#line.writable(),
      onLoss: (droppedMs) =>
        this.#send({
          type: 'overrun',
          droppedMs,
          reason: 'the listener is behind: translated speech was given up',
        }),
    })
    this.#ended = new Promise((resolve) => (this.#resolveEnded = resolve))
    void this.#run()
  }

  /** Whether a client can come back to it: it was not given up, and its last words can still be fetched. */
  get resumable(): boolean {
    return !this.#aborted
  }

  /** @throws VoxbridgeError ERR_BAD_REQUEST where that much was never sent. */
  checkPosition(position: Position): void {
    if (this.#line.covers(position)) return
    throw new VoxbridgeError('ERR_BAD_REQUEST', 'lastSeq or audioSamples is more than this session has sent.')
  }

  /**
   * Takes the client's connection, the first or another one in place of it.
   * @param position what the client has received; undefined on the first.
   */
  attach(connection: Connection, position?: Position): ConnectionHandler {
    const former = this.#line.use(connection)
    former?.close(closeCodes.takenOver, 'another connection has taken over this session')
    clearTimeout(this.#away)
    if (position) {
      this.#line.replay(position, (seq, resumption) => formatMessage(this.#greeting(resumption), seq))
      this.#options.onLine('resumed')
    } else this.#send(this.#greeting())
    if (this.#concluded) this.#hangUp()
    else if (!this.#closing) this.#watchIdle()
    return {
      onMessage: (message, isBinary) => {
        if (this.#line.has(connection)) this.#onMessage(message, isBinary)
      },
      onClose: (code) => {
        if (this.#line.has(connection)) this.#onClose(code)
      },
    }
  }

  #greeting(resumption?: Resumption): Ready {
    const { load, ...options } = this.#options
    const state = { settings: this.#settings, received: this.#received, resumption, load: load() }
    return readyMessage(options, state)
  }

  #onMessage(message: Uint8Array, isBinary: boolean): void {
    this.#received.messages++
    if (this.#closing) return
    this.#idle?.touch()
    try {
      this.#options.pass.message()
      if (isBinary) this.#takeAudio(message)
      else this.#takeMessage(parseMessage(decodeText(message)))
    } catch (error) {
      this.#refuse(toVoxbridgeError(error))
    }
  }

  #onClose(code: number): void {
    this.#idle?.stop()
    if (this.#concluded) return
    const { onLine, resumeWindowMs } = this.#options
    if (partingCodes.includes(code) || resumeWindowMs === 0) {
      return this.abort(closeCodes.done, 'the client closed the connection')
    }
    const giveUp = (): void => this.abort(closeCodes.lost, 'the client did not come back')
    this.#away = setTimeout(giveUp, resumeWindowMs)
    onLine('lost')
  }

  #watchIdle(): void {
    this.#idle?.stop()
    const { idleTimeoutMs } = this.#options
    this.#idle = new IdleTimer(idleTimeoutMs, () => this.#refuse(idleError(idleTimeoutMs)))
  }

  /** Ends the connection where its token was revoked or has expired. */
  checkPass(): void {
    if (this.#closing || this.#options.pass.isValid) return
    const message = 'The token of this conversation was revoked, or has expired.'
    this.#refuse(new VoxbridgeError('ERR_UNAUTHORIZED', message))
  }

  announce(change: LoadChange): void {
    if (!this.#concluded) this.#send(change)
  }

  /** Finishes what is in flight, tells the client, closes. Resolves once all of that is done. */
  async finish(code: CloseCode, reason: string): Promise<void> {
    // Nobody can come back to a server that goes away.
    if (!this.#line.up) this.abort(code, reason)
    else if (!this.#closing) {
      this.#closing = { code, reason }
      this.#idle?.stop()
      if (code === closeCodes.goingAway) this.#send({ type: 'error', ...goingAway })
      this.#options.channel.end()
    }
    await this.#ended
  }

  /** Gives up what is in flight, tells the client, closes; at once. */
  abort(code: CloseCode, reason: string): void {
    if (this.#concluded) return
    this.#closing = { code, reason }
    this.#aborted = true
    this.#options.channel.abort()
    this.#conclude()
  }

  #takeAudio(bytes: Uint8Array): void {
    const arrivedAt = performance.now()
    const { channel, maxFrameBytes, pass, request, resampler } = this.#options
    if (bytes.byteLength > maxFrameBytes) throw tooLarge('frame', bytes.byteLength, maxFrameBytes)
    if (bytes.byteLength % 2 !== 0) return this.#refuseOddFrame(bytes.byteLength)
    const audioMs = (bytes.byteLength / 2 / request.inputRateHz) * 1000
    pass.hear(audioMs)
    this.#received.samples += bytes.byteLength / 2
    this.#tally.audioInMs += audioMs
    const samples = resampler.process(decodePcm16(bytes))
    if (samples.length > 0) channel.push(samples, arrivedAt)
  }

  #refuseOddFrame(byteLength: number): void {
    const message = `A frame of ${byteLength} bytes was left out: PCM16 has two bytes a sample, so their number must be even.`
    this.#refuse(new VoxbridgeError('ERR_AUDIO_FORMAT', message))
    if (++this.#badFrames > maxBadFrames) this.abort(closeCodes.badMessage, 'too many frames of odd length')
  }

  #takeMessage(message: ClientMessage): void {
    const { abilities, channel } = this.#options
    switch (message.type) {
      case 'keepalive':
        return
      case 'close':
        void this.finish(closeCodes.done, 'the client asked to close')
        return
      case 'configure':
        this.#configure(message.settings)
        return
      case 'speak':
        checkVoice(message.language ?? this.#settings.target, message.voice, abilities)
        channel.control(message)
        return
      case 'flush':
        channel.control(message)
    }
  }

  /** Where the channel refuses the change, the old settings hold on here too. */
  #configure(change: Partial<ChannelSettings>): void {
    const settings = changeSettings(this.#settings, change, this.#options.abilities)
    this.#options.channel.control({ type: 'configure', settings })
    this.#settings = settings
  }

  /** Tells the client what was wrong, and ends the connection where there is no going on. */
  #refuse({ code, message, retryable }: VoxbridgeError): void {
    this.#send({ type: 'error', code, message, retryable })
    const closeCode = fatal.get(code)
    if (closeCode !== undefined) this.abort(closeCode, message)
  }

  async #run(): Promise<void> {
    try {
      for await (const event of this.#options.channel.events) this.#deliver(event)
      // A listener gets as much time for the last speech as it may be behind, and may have been away.
      await within(this.#outbox.flushed(), outboxCapacityMs + this.#options.resumeWindowMs)
    } catch (error) {
      this.#refuse(toVoxbridgeError(error))
    }
    this.#closing ??= { code: closeCodes.internal, reason: 'the channel failed' }
    this.#conclude()
  }

  #conclude(): void {
    if (this.#concluded || !this.#closing) return
    this.#concluded = true
    const { code, reason } = this.#closing
    const { summary } = this.#tally
    clearTimeout(this.#away)
    this.#idle?.stop()
    this.#outbox.clear()
    this.#send({ type: 'closed', reason, summary })
    this.#hangUp()
    if (this.#aborted) this.#line.forget()
    this.#options.resampler.close()
    this.#options.onEnd(code, summary)
    this.#resolveEnded()
  }

  #hangUp(): void {
    if (this.#closing) this.#line.end(this.#closing.code, this.#closing.reason.slice(0, maxReasonChars))
  }

  #deliver(event: Event): void {
    switch (event.type) {
      case 'audio-start':
      case 'audio-chunk':
      case 'audio-end':
        if (!this.#concluded) this.#outbox.push(event)
        return
      case 'speech-start':
      case 'speech-end':
      case 'transcript':
      case 'translation':
      case 'overrun':
      case 'error':
        this.#send(event)
    }
  }

  #sendAudio(event: AudioEvent): void {
    if (event.type !== 'audio-chunk') return this.#send(event)
    this.#line.sendAudio(encodePcm16(event.pcm))
    this.#tally.audioOutMs += (event.pcm.length / this.#options.outputRateHz) * 1000
    if (event.timing.firstAudioAt !== undefined) return
    event.timing.firstAudioAt = performance.now()
    this.#send({ type: 'latency', ...reportLatency(event.timing, event.timing.firstAudioAt) })
  }

  #send(message: ServerMessage): void {
    this.#tally.count(message)
    this.#options.onSent(message)
    this.#line.sendText((seq) => formatMessage(message, seq))
  }
}

/** uWebSockets.js has checked that it is UTF-8. */
function decodeText(message: Uint8Array): string {
  if (message.byteLength > maxMessageBytes)
    throw tooLarge('text message', message.byteLength, maxMessageBytes)
  return Buffer.from(message.buffer, message.byteOffset, message.byteLength).toString('utf8')
}

function tooLarge(what: string, bytes: number, maxBytes: number): VoxbridgeError {
  const message = `A ${what} of ${bytes} bytes is too large: at most ${maxBytes}.`
  return new VoxbridgeError('ERR_FRAME_TOO_LARGE', message)
}

function idleError(timeoutMs: number): VoxbridgeError {
  const message = `Nothing was received for ${timeoutMs / 1000} s; {"type":"keepalive"} keeps a silent connection open.`
  return new VoxbridgeError('ERR_IDLE', message)
}
