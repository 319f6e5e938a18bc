/** A client of the WebSocket protocol, version 1: for the command line, the benches and the tests. */
import { EventEmitter, on, once } from 'node:events'
import { VoxbridgeError } from '../errors.ts'
import type { Closed, MessageOf, Ready, ServerMessage } from './server-messages.ts'
import { type ResumeLoss, serverError, StreamLine } from './stream-line.ts'

export { refusal } from './stream-line.ts'

export interface StreamParameters {
  readonly channelId: string
  /** ISO 639-1 code, or `auto`. */
  readonly src: string
  /** ISO 639-1 code. */
  readonly tgt: string
  /** Sample rate of what is sent, 8000 to 48000; the server takes 16000 where it is left out. */
  readonly rate?: number
  readonly voice?: string
  readonly partials?: boolean
  readonly audio?: boolean
  /** Of a server that asks for one. */
  readonly token?: string
}

const defaultRateHz = 16000

/** A message and when it came, in `performance.now()`. */
export interface Received {
  readonly at: number
  readonly message: ServerMessage
}

/** A piece of translated speech and when it came. */
export interface AudioPiece {
  readonly at: number
  /** Mono PCM16 at the rate of `audio_start`. */
  readonly pcm: Int16Array
}

/** The speech between one `audio_start` and its `audio_end`. */
export interface SpokenClause {
  readonly segment: number
  readonly sequence: number
  readonly language: string
  readonly text: string
  readonly sampleRate: number
  readonly pieces: AudioPiece[]
}

interface StreamEvents {
  message: [Received]
  audio: [clause: SpokenClause, piece: AudioPiece]
  /** The line fell; the client tries to come back to its session. */
  dropped: []
  resumed: [ResumeLoss]
  /** The session is over, in order or not. */
  end: [VoxbridgeError | undefined]
}

export class StreamClient extends EventEmitter<StreamEvents> {
  /** Everything received so far, in order. */
  readonly received: Received[] = []
  /** Everything spoken so far, in order. */
  readonly clauses: SpokenClause[] = []
  readonly #line: StreamLine
  #open: SpokenClause | undefined
  #lacksStart = false
  #closed: Closed | undefined
  #ended: { readonly error: VoxbridgeError | undefined } | undefined

  /**
   * Opens a channel and waits for `ready`.
   * @param server the address of the server, e.g. `http://127.0.0.1:8000/`; a path in it is kept.
   * @throws VoxbridgeError with the server's own code and words where it refuses.
   */
  static async connect(
    server: URL,
    { token, ...parameters }: StreamParameters,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<StreamClient> {
    signal.throwIfAborted()
    const { rate: sampleRate = defaultRateHz } = parameters
    const client = new StreamClient(new StreamLine({ url: socketUrl(server, parameters), sampleRate, token }))
    const abort = (): void => client.#end(new VoxbridgeError('ERR_ABORTED', 'connecting was given up'))
    signal.addEventListener('abort', abort, { once: true })
    try {
      await client.waitFor(({ type }) => type === 'ready', { signal })
      return client
    } catch (error) {
      client.terminate()
      throw error
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }

  private constructor(line: StreamLine) {
    super()
    this.#line = line
    line.on('message', (message) => this.#onMessage(message))
    line.on('audio', (data) => this.#onAudio(data))
    line.on('dropped', () => this.emit('dropped'))
    line.on('resumed', (loss) => this.#onResumed(loss))
    line.on('end', ({ code, reason, error }) => (error ? this.#end(error) : this.#onClose(code, reason)))
  }

  get ready(): Ready {
    const first = this.received[0]?.message
    if (first?.type !== 'ready')
      throw new VoxbridgeError('ERR_MESSAGE', 'the server did not begin with ready')
    return first
  }

  /** Bytes that are not yet on the wire. */
  get bufferedBytes(): number {
    return this.#line.bufferedBytes
  }

  /** @param pcm mono PCM16 at the rate given to `connect`; not to be changed afterwards. */
  sendAudio(pcm: Int16Array): void {
    this.#line.send(new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength))
  }

  send(message: { readonly type: string; readonly [field: string]: unknown }): void {
    this.#line.send(JSON.stringify(message))
  }

  /** All messages of one type so far. */
  all<Type extends ServerMessage['type']>(type: Type): MessageOf<Type>[] {
    return this.received
      .map(({ message }) => message)
      .filter((message) => message.type === type) as MessageOf<Type>[]
  }

  /**
   * The first message that `accept` says yes to, received already or still to come.
   * @throws VoxbridgeError where the connection ends without it.
   */
  async waitFor(
    accept: (message: ServerMessage) => boolean,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<Received> {
    const known = this.received.find(({ message }) => accept(message))
    if (known) return known
    this.#throwIfEnded()
    const gone = new AbortController()
    const onEnd = (): void => gone.abort()
    this.once('end', onEnd)
    try {
      for await (const [received] of on(this, 'message', {
        signal: AbortSignal.any([signal, gone.signal]),
      })) {
        if (accept((received as Received).message)) return received as Received
      }
    } catch (error) {
      this.#throwIfEnded()
      throw error
    } finally {
      this.off('end', onEnd)
    }
    throw new VoxbridgeError('ERR_INTERNAL', 'the connection ended')
  }

  /**
   * Lets the server finish what it has heard, then closes.
   * @throws VoxbridgeError where the connection ended in any other way.
   */
  async finish({ signal }: { readonly signal: AbortSignal }): Promise<Closed> {
    if (!this.#ended) {
      this.send({ type: 'close' })
      await once(this, 'end', { signal })
    }
    if (this.#ended?.error) throw this.#ended.error
    if (!this.#closed)
      throw new VoxbridgeError('ERR_INTERNAL', 'the server closed the connection without a word')
    return this.#closed
  }

  /** Ends the session at once; what is in flight is given up. */
  terminate(): void {
    this.#line.terminate()
  }

  #onMessage(message: ServerMessage): void {
    const received = { at: performance.now(), message }
    this.received.push(received)
    if (message.type === 'audio_start') {
      const { segment, sequence, language, text, sampleRate } = message
      this.#lacksStart = false
      this.#open = { segment, sequence, language, text, sampleRate, pieces: [] }
      this.clauses.push(this.#open)
    } else if (message.type === 'audio_end') this.#open = undefined
    else if (message.type === 'closed') this.#closed = message
    this.emit('message', received)
  }

  #onAudio(data: Buffer): void {
    const at = performance.now()
    if (!this.#open && this.#lacksStart) return
    if (!this.#open || data.length % 2 !== 0) {
      const message = 'the server sent audio outside audio_start … audio_end'
      return this.#line.fail(new VoxbridgeError('ERR_MESSAGE', message))
    }
    // The bytes may lie at an odd offset of ws's own buffer, where no Int16Array can stand.
    const pcm = new Int16Array(data.length / 2)
    new Uint8Array(pcm.buffer).set(data)
    const piece = { at, pcm }
    this.#open.pieces.push(piece)
    this.emit('audio', this.#open, piece)
  }

  /** Of speech whose beginning is lost, the rest is left out. */
  #onResumed(loss: ResumeLoss): void {
    if (loss.lostMessages > 0) {
      this.#open = undefined
      this.#lacksStart = true
    }
    this.emit('resumed', loss)
  }

  #onClose(code: number, reason: string): void {
    if (code === 1000) return this.#end(undefined)
    const said = this.received.findLast(({ message }) => message.type === 'error')?.message
    if (said?.type === 'error') return this.#end(serverError(said.code, said.message))
    this.#end(
      new VoxbridgeError('ERR_INTERNAL', `the connection was lost (${code}${reason && `: ${reason}`})`),
    )
  }

  #end(error: VoxbridgeError | undefined): void {
    if (this.#ended) return
    this.#ended = { error }
    this.emit('end', error)
  }

  #throwIfEnded(): void {
    if (this.#ended) throw this.#ended.error ?? new VoxbridgeError('ERR_INTERNAL', 'the connection has ended')
  }
}

function socketUrl(server: URL, parameters: Omit<StreamParameters, 'token'>): URL {
  const url = new URL('ws', server.pathname.endsWith('/') ? server : new URL(`${server.pathname}/`, server))
  url.protocol = server.protocol === 'https:' || server.protocol === 'wss:' ? 'wss:' : 'ws:'
  for (const [name, value] of Object.entries(parameters) as [
    string,
    string | number | boolean | undefined,
  ][]) {
    if (typeof value === 'boolean') url.searchParams.set(name, value ? '1' : '0')
    else if (value !== undefined) url.searchParams.set(name, String(value))
  }
  return url
}
