/** A client's connection to its session. Where it falls, another one is made and the session goes on, without a hole. */
import { EventEmitter } from 'node:events'
import { WebSocket } from 'ws'
import { isErrorCode, VoxbridgeError } from '../errors.ts'
import { parseServerMessage, type Ready, type ServerMessage } from './server-messages.ts'
import { type Sendable, SentLog } from './sent-log.ts'

export interface LineOptions {
  /** Of the `ws` endpoint. */
  readonly url: URL
  /** Of the audio that is sent. */
  readonly sampleRate: number
  readonly token?: string | undefined
}

/** What the client that has come back lacks. */
export interface ResumeLoss {
  /** Of the server, no longer kept there. */
  readonly lostMessages: number
  readonly lostAudioMs: number
  /** Of ours, no longer kept here. */
  readonly unsentMessages: number
}

interface LineEvents {
  message: [ServerMessage]
  audio: [Buffer]
  /** The connection fell; we try to come back. */
  dropped: []
  resumed: [ResumeLoss]
  /** It is over: in order (1000), or with an error, or with a close code that tells one. */
  end: [{ readonly code: number; readonly reason: string; readonly error?: VoxbridgeError }]
}

/** No close frame came: the connection fell. */
const fallen = 1006
const [firstRetryMs, lastRetryMs] = [100, 2000]
/** Of audio that is kept, longer than a server waits and a network may have swallowed before. */
const keptSeconds = 60
/** What was not received is sent again so much faster than it was said, so that the server is not flooded. */
const catchUpSpeed = 4
const catchUpTickMs = 20

export class StreamLine extends EventEmitter<LineEvents> {
  readonly #options: LineOptions
  readonly #sent: SentLog
  #socket: WebSocket
  #ready: Ready | undefined
  #seq = 0
  #audioSamples = 0
  /** Whether what is said can be sent at once. */
  #live = false
  /** When the connection fell that is to be replaced. */
  #droppedAt: number | undefined
  #attempts = 0
  #timer: NodeJS.Timeout | undefined
  #ended = false

  constructor(options: LineOptions) {
    super()
    this.#options = options
    this.#sent = new SentLog(keptSeconds * options.sampleRate * 2)
    this.#socket = this.#open(options.url)
  }

  /** Bytes that are not yet on the wire. */
  get bufferedBytes(): number {
    return this.#socket.bufferedAmount
  }

  /** @param data not to be changed afterwards. */
  send(data: Sendable): void {
    this.#sent.push(data)
    if (this.#live) this.#sendAll()
  }

  /** Ends it at once, and the session with it. */
  terminate(): void {
    this.#end(1000, '')
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.close(1000)
    this.#socket.terminate()
  }

  /** Ends it with an error of ours. */
  fail(error: VoxbridgeError): void {
    this.#end(fallen, '', error)
    this.#socket.terminate()
  }

  /** Listens before the socket is open: the first messages may come in the same packet as the upgrade. */
  #open(url: URL): WebSocket {
    const { token } = this.#options
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const socket = new WebSocket(url, { perMessageDeflate: false, headers })
    socket.on('message', (data: Buffer, isBinary) => {
      if (this.#ended) return
      if (isBinary) this.#onAudio(data)
      else this.#onText(data.toString('utf8'))
    })
    socket.on('unexpected-response', (_request, response) => {
      const status = response.statusCode ?? 0
      // A proxy whose server is out of reach for the moment.
      if (this.#ready && status >= 500) return socket.terminate()
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => this.fail(refusal(status, Buffer.concat(chunks).toString('utf8'))))
    })
    socket.on('error', (error) => {
      if (!this.#ready) this.fail(new VoxbridgeError('ERR_INTERNAL', error.message, { cause: error }))
    })
    socket.on('close', (code, reason) => this.#onClose(code, reason.toString('utf8')))
    return socket
  }

  #onAudio(data: Buffer): void {
    this.#audioSamples += data.length / 2
    this.emit('audio', data)
  }

  #onText(text: string): void {
    const message = parseServerMessage(text)
    this.#seq = message.seq
    if (message.type === 'ready' && this.#ready) return this.#resumed(message)
    if (message.type === 'ready') {
      this.#ready = message
      this.#live = true
    }
    this.emit('message', message)
  }

  #onClose(code: number, reason: string): void {
    const windowMs = this.#ready?.limits?.resumeWindowMs ?? 0
    const now = performance.now()
    if (code !== fallen || this.#ended || windowMs === 0) return this.#end(code, reason)
    this.#live = false
    clearInterval(this.#timer)
    if (this.#droppedAt === undefined) this.emit('dropped')
    this.#droppedAt ??= now
    if (now > this.#droppedAt + windowMs) return this.#end(code, reason)
    const waitMs = Math.min(lastRetryMs, firstRetryMs * 2 ** this.#attempts++)
    this.#timer = setTimeout(() => (this.#socket = this.#open(this.#resumeUrl())), waitMs)
  }

  #resumeUrl(): URL {
    const resume = new URL(this.#options.url)
    resume.search = String(
      new URLSearchParams({
        sessionId: this.#ready?.sessionId ?? '',
        lastSeq: String(this.#seq),
        audioSamples: String(this.#audioSamples),
      }),
    )
    return resume
  }

  #resumed({ received, resumed }: Ready): void {
    this.#droppedAt = undefined
    this.#attempts = 0
    this.#audioSamples = resumed?.audioSamples ?? this.#audioSamples
    const unsentMessages = this.#sent.rewind(received?.messages ?? 0)
    const { lostMessages = 0, lostAudioMs = 0 } = resumed ?? {}
    this.emit('resumed', { lostMessages, lostAudioMs, unsentMessages })
    this.#timer = setInterval(() => this.#catchUp(), catchUpTickMs)
  }

  #catchUp(): void {
    const tickBytes = (catchUpTickMs / 1000) * catchUpSpeed * this.#options.sampleRate * 2
    for (let bytes = 0; bytes < tickBytes;) {
      const item = this.#sent.take()
      if (item === undefined) {
        clearInterval(this.#timer)
        this.#live = true
        return
      }
      this.#socket.send(item)
      if (typeof item !== 'string') bytes += item.byteLength
    }
  }

  #sendAll(): void {
    for (let item = this.#sent.take(); item !== undefined; item = this.#sent.take()) this.#socket.send(item)
  }

  #end(code: number, reason: string, error?: VoxbridgeError): void {
    if (this.#ended) return
    this.#ended = true
    this.#live = false
    clearInterval(this.#timer)
    this.emit('end', { code, reason, ...(error && { error }) })
  }
}

/** Reads the answer `{"error":{"code","message"}}` of a refused request. */
export function refusal(status: number, body: string): VoxbridgeError {
  try {
    const { error } = JSON.parse(body) as { error: { code: string; message: string } }
    return serverError(error.code, error.message)
  } catch {
    return new VoxbridgeError('ERR_INTERNAL', `the server answered ${status} ${body.slice(0, 200)}`.trimEnd())
  }
}

export function serverError(code: string, message: string): VoxbridgeError {
  return new VoxbridgeError(isErrorCode(code) ? code : 'ERR_INTERNAL', message)
}
