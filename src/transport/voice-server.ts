/** The server as a whole: who may connect, the sessions that are open, the HTTP routes, the end. */
import { randomUUID } from 'node:crypto'
import type { BaseLogger } from 'pino'
import type { Config } from '../config.ts'
import type { Engines } from '../models/engines.ts'
import type { Load } from '../models/load.ts'
import { LoadMonitor } from '../models/load-monitor.ts'
import { createChannel } from '../pipeline/channel.ts'
import { type EventLoopMonitor, monitorEventLoop } from '../telemetry/event-loop.ts'
import { Metrics, type ServerCounters } from '../telemetry/metrics.ts'
import type { LiveGauges } from '../telemetry/mlflow/live-window.ts'
import { Admission } from './admission.ts'
import { createRouter } from './http-routes.ts'
import { checkSettings } from './languages.ts'
import type { ServerMessage } from './protocol.ts'
import type { Readiness } from './readiness.ts'
import { createResampler } from './resampler.ts'
import { ResumableSessions } from './resumable-sessions.ts'
import { parseResume, type ResumeRequest } from './resume-request.ts'
import { Session } from './session.ts'
import { SessionRegistry } from './session-registry.ts'
import { type Connection, type ConnectionHandler, startSocketServer } from './socket.ts'
import { readStaticFiles } from './static-files.ts'
import { parseConnect } from './upgrade.ts'
import { usedEngines } from './used-engines.ts'
import { within } from '../pipeline/within.ts'

export type ServerConfig = Pick<
  Config,
  | 'host'
  | 'port'
  | 'maxChannels'
  | 'maxFrameBytes'
  | 'maxQueue'
  | 'idleTimeoutMs'
  | 'resumeWindowMs'
  | 'drainTimeoutMs'
  | 'earlyEndSilenceMs'
  | 'endSilenceMs'
  | 'chunkDurationMs'
>

export interface VoiceServerOptions {
  readonly config: ServerConfig
  readonly readiness: Readiness
  /** Folders of the page, by the path that their files are served under. */
  readonly staticFolders: Readonly<Record<string, string>>
  readonly log: Pick<BaseLogger, 'debug' | 'info' | 'warn' | 'error'>
  /** Told of everything that the server counts for `GET /metrics`. */
  readonly counters?: ServerCounters | undefined
  /** In place of one of its own. */
  readonly eventLoop?: EventLoopMonitor
}

export interface VoiceServer {
  readonly port: number
  readonly gauges: () => LiveGauges
  /** Lets conversations finish within the limit of the configuration, then closes everything. */
  close(): Promise<void>
}

/** Voices of other rates are brought to this one by their engines. */
const outputRateHz = 24000
/** Captions of hours, or a minute and a half of speech: who has not read that much is gone. */
const maxBackpressureBytes = 4 * 1024 * 1024
/** Fewer than what an engine queues for each channel. */
const modelRequestsForEachChannel = 2
/** A change of the load is told after so long at most, and not more often. */
const loadIntervalMs = 1000
/** Room above the largest frame that is allowed, so that a larger one gets an answer before the close. */
const payloadRoom = 8

/** @throws VoxbridgeError ERR_CONFIG where the address cannot be had. */
export async function startVoiceServer(options: VoiceServerOptions): Promise<VoiceServer> {
  const { config, log, readiness, eventLoop = monitorEventLoop() } = options
  const sessions = new SessionRegistry()
  const resumable = new ResumableSessions(config.resumeWindowMs)
  const metrics = new Metrics()
  const engines = (): Engines | undefined => (readiness.notReady ? undefined : readiness.loaded.engines)
  const load = new LoadMonitor({
    engines,
    channels: () => sessions.channels(),
    eventLoopP99Ms: () => eventLoop.p99Ms(),
  })
  const loadTimer = watchLoad(load, ({ level, partialStepMs, full }) => {
    log.info({ level, partialStepMs }, full ? `no room for more: ${full.message}` : 'the load has changed')
    sessions.announce({ type: 'load', level, partialStepMs })
  })
  const admission = new Admission({
    maxChannels: config.maxChannels,
    sessions,
    load,
    onRefused: (cause) => metrics.countRefused(cause),
  })
  const gauges = (): LiveGauges => ({
    channels: sessions.size,
    load: load.current,
    eventLoopP99Ms: eventLoop.p99Ms(),
  })
  const renderMetrics = (): string =>
    metrics.render({
      ...gauges(),
      ready: readiness.notReady === undefined,
      queueDepths: engines()?.queueDepths() ?? {},
      usage: engines()?.usage() ?? {},
    })
  const server = await startSocketServer({
    host: config.host,
    port: config.port,
    path: '/ws',
    maxPayloadBytes: config.maxFrameBytes * payloadRoom,
    maxBackpressureBytes,
    accept: (query, { signal }) =>
      acceptSession(query, { ...options, sessions, resumable, load, admission, metrics, signal }),
    route: createRouter({
      readiness,
      files: await readStaticFiles(options.staticFolders),
      renderMetrics,
      maxModelRequests: config.maxChannels * modelRequestsForEachChannel,
      checkRequest: () => admission.checkRequest(),
    }),
  })
  return {
    port: server.port,
    gauges,
    async close() {
      server.stopListening()
      resumable.close()
      await Promise.all([
        sessions.drain(config.drainTimeoutMs),
        within(server.answered(), config.drainTimeoutMs),
      ])
      server.close()
      clearInterval(loadTimer)
      eventLoop.close()
    },
  }
}

/** Looks at the load from time to time and tells what clients can see of it, when that has changed. */
function watchLoad(load: LoadMonitor, tell: (load: Load) => void): NodeJS.Timeout {
  let told = load.current
  return setInterval(() => {
    const found = load.refresh()
    if (found.level === told.level && found.partialStepMs === told.partialStepMs) return
    told = found
    tell(found)
  }, loadIntervalMs).unref()
}

interface AcceptOptions extends VoiceServerOptions {
  readonly sessions: SessionRegistry
  readonly resumable: ResumableSessions
  readonly load: LoadMonitor
  readonly admission: Admission
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
  { admission, config, counters, load, log, metrics, readiness, resumable, sessions, signal }: AcceptOptions,
): Promise<(connection: Connection) => ConnectionHandler> {
  const resume = parseResume(query)
  if (resume) return resumeSession(resume, resumable)
  const request = parseConnect(query)
  const { abilities, engines, vad } = readiness.loaded
  checkSettings(request.settings, abilities)
  admission.checkChannel()
  const seat = sessions.take(request.channelId, usedEngines(request.settings, engines))
  const resampler = await createResampler(request.inputRateHz)
  const channel = createChannel({
    id: request.channelId,
    settings: request.settings,
    engines,
    vad,
    partialStepMs: () => load.current.partialStepMs,
    segment: {
      earlyEndMs: config.earlyEndSilenceMs,
      endSilenceMs: config.endSilenceMs,
      chunkMs: config.chunkDurationMs,
    },
    observer: {
      speculated: ({ workMs }, won) => metrics.countSpeculation(won ? 'used' : 'retracted', workMs),
      translatesEarly: () => metrics.countEarlyClause(),
    },
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
    const session = new Session({
      id,
      request,
      channel,
      resampler,
      abilities,
      outputRateHz,
      maxFrameBytes: config.maxFrameBytes,
      idleTimeoutMs: config.idleTimeoutMs,
      resumeWindowMs: config.resumeWindowMs,
      load: () => load.current,
      onSent(message) {
        count(metrics, message)
        if (counters) count(counters, message)
      },
      onLine: (state) => log.info({ channelId, sessionId: id }, `connection ${state}`),
      onEnd(code, summary) {
        seat.leave()
        resumable.end(id)
        log.info({ channelId, sessionId: id, code, ...summary }, 'channel closed')
      },
    })
    seat.session = session
    resumable.add(id, session)
    return session.attach(connection)
  }
}

/** @throws VoxbridgeError that becomes the HTTP answer. */
function resumeSession(
  { sessionId, position }: ResumeRequest,
  resumable: ResumableSessions,
): (connection: Connection) => ConnectionHandler {
  const session = resumable.find(sessionId)
  session.checkPosition(position)
  return (connection) => session.attach(connection, position)
}

function count(counters: ServerCounters, message: ServerMessage): void {
  if (message.type === 'speech-end') counters.countUtterance()
  else if (message.type === 'error') counters.countError(message.code)
  else if (message.type === 'overrun') counters.countDropped(message.droppedMs)
  else if (message.type === 'latency') counters.observeLatency(message)
}
