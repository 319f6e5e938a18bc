/** The server as a whole: who may connect, the sessions that are open, the HTTP routes, the end. */
import { randomUUID } from 'node:crypto'
import type { BaseLogger } from 'pino'
import type { Config } from '../config.ts'
import { createChannel } from '../pipeline/channel.ts'
import { monitorEventLoop } from '../telemetry/event-loop.ts'
import { Metrics } from '../telemetry/metrics.ts'
import { createRouter } from './http-routes.ts'
import { checkSettings } from './languages.ts'
import type { ServerMessage } from './protocol.ts'
import type { Readiness } from './readiness.ts'
import { createResampler } from './resampler.ts'
import { Session } from './session.ts'
import { SessionRegistry } from './session-registry.ts'
import { type Connection, startSocketServer } from './socket.ts'
import { readStaticFiles } from './static-files.ts'
import { parseConnect } from './upgrade.ts'
import { within } from '../pipeline/within.ts'

export type ServerConfig = Pick<
  Config,
  | 'host'
  | 'port'
  | 'maxChannels'
  | 'maxFrameBytes'
  | 'maxQueue'
  | 'idleTimeoutMs'
  | 'drainTimeoutMs'
  | 'endSilenceMs'
  | 'chunkDurationMs'
>

export interface VoiceServerOptions {
  readonly config: ServerConfig
  readonly readiness: Readiness
  /** Folder of the page. */
  readonly publicDir: string
  readonly log: Pick<BaseLogger, 'debug' | 'info' | 'warn' | 'error'>
}

export interface VoiceServer {
  readonly port: number
  /** Lets conversations finish within the limit of the configuration, then closes everything. */
  close(): Promise<void>
}

/** Both voices speak at 24 kHz; a voice of another rate does not fit beside them yet. */
const outputRateHz = 24000
/** Captions of hours, or a minute and a half of speech: who has not read that much is gone. */
const maxBackpressureBytes = 4 * 1024 * 1024
/** Fewer than what an engine queues for each channel. */
const modelRequestsForEachChannel = 2
/** Room above the largest frame that is allowed, so that a larger one gets an answer before the close. */
const payloadRoom = 8

/** @throws VoxbridgeError ERR_CONFIG where the address cannot be had. */
export async function startVoiceServer(options: VoiceServerOptions): Promise<VoiceServer> {
  const { config, readiness } = options
  const sessions = new SessionRegistry(config.maxChannels)
  const metrics = new Metrics()
  const eventLoop = monitorEventLoop()
  const renderMetrics = (): string =>
    metrics.render({
      ready: readiness.notReady === undefined,
      channels: sessions.size,
      queueDepths: readiness.notReady ? {} : readiness.loaded.engines.queueDepths(),
      eventLoopP99Ms: eventLoop.p99Ms(),
    })
  const server = await startSocketServer({
    host: config.host,
    port: config.port,
    path: '/ws',
    maxPayloadBytes: config.maxFrameBytes * payloadRoom,
    maxBackpressureBytes,
    accept: (query, { signal }) => acceptSession(query, { ...options, sessions, metrics, signal }),
    route: createRouter({
      readiness,
      files: await readStaticFiles(options.publicDir),
      renderMetrics,
      maxModelRequests: config.maxChannels * modelRequestsForEachChannel,
    }),
  })
  return {
    port: server.port,
    async close() {
      server.stopListening()
      await Promise.all([
        sessions.drain(config.drainTimeoutMs),
        within(server.answered(), config.drainTimeoutMs),
      ])
      server.close()
      eventLoop.close()
    },
  }
}

interface AcceptOptions extends VoiceServerOptions {
  readonly sessions: SessionRegistry
  readonly metrics: Metrics
  /** Aborts when the client goes away before it is connected. */
  readonly signal: AbortSignal
}

/**
 * Prepares everything, so that `ready` can be sent the moment the connection is open.
 * @throws VoxbridgeError that becomes the HTTP answer.
 */
async function acceptSession(
  query: string,
  { config, log, metrics, readiness, sessions, signal }: AcceptOptions,
): Promise<(connection: Connection) => Session> {
  const request = parseConnect(query)
  const { abilities, engines, vad } = readiness.loaded
  checkSettings(request.settings, abilities)
  const seat = sessions.take(request.channelId)
  const resampler = await createResampler(request.inputRateHz)
  const channel = createChannel({
    settings: request.settings,
    engines,
    vad,
    segment: { endSilenceMs: config.endSilenceMs, chunkMs: config.chunkDurationMs },
    limits: { maxUtterances: config.maxQueue },
    log,
  })
  const giveUp = (): void => {
    channel.abort()
    resampler.close()
    seat.leave()
  }
  signal.addEventListener('abort', giveUp, { once: true })
  if (signal.aborted) giveUp()
  return (connection) => {
    signal.removeEventListener('abort', giveUp)
    const { channelId, settings } = request
    const id = randomUUID()
    log.info({ channelId, sessionId: id, src: settings.source, tgt: settings.target }, 'channel opened')
    seat.session = new Session(connection, {
      id,
      request,
      channel,
      resampler,
      abilities,
      outputRateHz,
      maxFrameBytes: config.maxFrameBytes,
      idleTimeoutMs: config.idleTimeoutMs,
      onSent: (message) => count(metrics, message),
      onEnd(code, summary) {
        seat.leave()
        log.info({ channelId, sessionId: id, code, ...summary }, 'channel closed')
      },
    })
    return seat.session
  }
}

function count(metrics: Metrics, message: ServerMessage): void {
  if (message.type === 'speech-end') metrics.countUtterance()
  else if (message.type === 'error') metrics.countError(message.code)
  else if (message.type === 'overrun') metrics.countDropped(message.droppedMs)
  else if (message.type === 'latency') metrics.observeLatency(message)
}
