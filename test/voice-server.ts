/** A real server with small engines in place of the models, and a client, for the tests of the transport. */
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { fileURLToPath } from 'node:url'
import { type Logger, pino } from 'pino'
import { WebSocket } from 'ws'
import { type Config, readConfig } from '../src/config.ts'
import { VoxbridgeError } from '../src/errors.ts'
import type { Engines } from '../src/models/engines.ts'
import type { Synthesizer } from '../src/stages/speak/synthesizer.ts'
import type { Recognizer } from '../src/stages/transcribe/recognizer.ts'
import type { Translator } from '../src/stages/translate/translator.ts'
import { Readiness } from '../src/transport/readiness.ts'
import { startVoiceServer, type VoiceServer, type VoiceServerOptions } from '../src/transport/voice-server.ts'

export const outputRateHz = 24000

/** Hears how long the audio is; loud audio (over 0.9) is what it fails on. */
export const recognizer: Recognizer = {
  info: { model: 'test-recognizer', languages: ['en', 'pt', 'es'], maxSeconds: 30 },
  async recognize({ samples, language }) {
    if (samples.some((sample) => sample > 0.9)) throw new VoxbridgeError('ERR_ENGINE', 'It is too loud.')
    const ms = Math.round(samples.length / 16)
    const text = `I hear ${ms} ms.`
    const heard = language === 'auto' ? 'en' : language
    const segments = [{ text, startMs: 0, endMs: ms }]
    return {
      text,
      language: heard,
      noSpeechProbability: 0,
      segments,
      words: [],
      truncated: false,
      modelMs: 1,
    }
  },
}

/** Writes the target in front. */
export const translator: Translator = {
  info: {
    routes: [
      { sources: ['en'], targets: ['pt'], model: 'test-en-pt' },
      { sources: ['pt'], targets: ['en'], model: 'test-pt-en' },
      { sources: ['en'], targets: ['es'], model: 'test-en-es' },
    ],
  },
  async translate({ text, source, target }) {
    return {
      sentences: [{ source: text, target: `[${target}] ${text}` }],
      model: `test-${source}-${target}`,
      modelMs: 1,
    }
  },
}

/** Says 100 ms of a constant for every text, in two pieces. */
export const synthesizer: Synthesizer = {
  info: {
    voices: [
      { id: 'ana', language: 'pt', engine: 'test-voice' },
      { id: 'rui', language: 'pt', engine: 'test-voice' },
      { id: 'joe', language: 'en', engine: 'test-voice' },
    ],
    sampleRate: outputRateHz,
  },
  async *synthesize() {
    yield { samples: new Float32Array(1200).fill(0.25) }
    yield { samples: new Float32Array(1200).fill(0.25) }
  },
}

export interface TestServer {
  readonly port: number
  readonly url: string
  readonly readiness: Readiness
  readonly metrics: VoiceServer['metrics']
  close(): Promise<void>
}

export interface TestServerOptions {
  readonly config?: Partial<Config>
  readonly engines?: Partial<Engines>
  /** False: the models are still being loaded. */
  readonly ready?: boolean
  /** Silent when left out. */
  readonly log?: Logger
  readonly traces?: VoiceServerOptions['traces']
  /** In place of the real one. */
  readonly start?: typeof startVoiceServer
  /** Of the page. */
  readonly publicFolder?: string
  /** Whether somebody is let in however late the event loop is. */
  readonly patient?: boolean
}

/** Utterances are pieces of 200 ms: there is no voice detector. */
export async function startTestServer({
  config,
  engines,
  ready = true,
  log = pino({ level: 'silent' }),
  traces,
  start = startVoiceServer,
  patient = false,
  publicFolder = fileURLToPath(new URL('../public', import.meta.url)),
}: TestServerOptions = {}): Promise<TestServer> {
  const readiness = new Readiness()
  readiness.reportModel('test-recognizer', 'loading')
  const loaded: Engines = {
    turnDetector: undefined,
    recognizer,
    translator,
    synthesizers: [synthesizer],
    states: () => ({ 'test-recognizer': 'running' }),
    queueDepths: () => ({ 'test-recognizer': 0 }),
    placements: [],
    usage: () => ({}),
    expectedShares: {},
    outage: undefined,
    close: async () => undefined,
    ...engines,
  }
  if (ready) readiness.complete({ engines: loaded, vad: undefined })
  const server = await start({
    config: { ...readConfig({}), port: 0, chunkDurationMs: 200, maxFrameBytes: 16000, ...config },
    readiness,
    staticFolders: { '/': publicFolder },
    ...(patient && { eventLoop: { p99Ms: () => 0, close: () => undefined } }),
    log,
    traces,
  })
  const { port, metrics } = server
  return { port, url: `http://127.0.0.1:${port}`, readiness, metrics, close: () => server.close() }
}

export interface ServerMessage {
  readonly type: string
  readonly seq: number
  readonly [field: string]: unknown
}

export interface TestClient {
  readonly socket: WebSocket
  readonly messages: readonly ServerMessage[]
  /** Audio that came, in bytes. */
  readonly audioBytes: number
  send(message: object | Uint8Array): void
  /** The next message of this type that was not asked for yet. */
  next(type: string): Promise<ServerMessage>
  closed(): Promise<{ readonly code: number; readonly reason: string }>
}

export async function connect({ port }: TestServer, query: string): Promise<TestClient> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws?${query}`)
  const messages: ServerMessage[] = []
  const taken = new Set<ServerMessage>()
  let audioBytes = 0
  let closed: { code: number; reason: string } | undefined
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary) audioBytes += data.length
    else messages.push(JSON.parse(data.toString()) as ServerMessage)
    socket.emit('progress')
  })
  socket.on('close', (code, reason) => {
    closed = { code, reason: reason.toString() }
    socket.emit('progress')
  })
  await once(socket, 'open')
  return {
    socket,
    messages,
    get audioBytes() {
      return audioBytes
    },
    send: (message) => socket.send(message instanceof Uint8Array ? message : JSON.stringify(message)),
    async next(type) {
      for (;;) {
        const message = messages.find((candidate) => candidate.type === type && !taken.has(candidate))
        if (message) {
          taken.add(message)
          return message
        }
        if (closed) throw new Error(`closed with ${closed.code} before ${type}: ${JSON.stringify(messages)}`)
        await once(socket, 'progress')
      }
    },
    async closed() {
      while (!closed) await once(socket, 'progress')
      return closed
    },
  }
}

/** The answer to a request to connect that is refused. */
export async function refusal(
  { port }: TestServer,
  query: string,
): Promise<{
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: { readonly error: { readonly code: string; readonly message: string } }
}> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws?${query}`)
  socket.on('open', () => socket.emit('error', new Error('the connection was accepted')))
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  socket.on('error', () => undefined)
  socket.terminate()
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: JSON.parse(Buffer.concat(chunks).toString()) as Awaited<ReturnType<typeof refusal>>['body'],
  }
}

/** PCM16 of a constant. */
export function pcm(ms: number, level = 0.25, rateHz = 16000): Uint8Array {
  const samples = new Int16Array((ms * rateHz) / 1000).fill(Math.round(level * 32767))
  return new Uint8Array(samples.buffer)
}
