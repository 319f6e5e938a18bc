/** The server as a whole: who may connect, the sessions that are open, the HTTP routes, the end. */
import { randomUUID } from 'node:crypto'
import type { BaseLogger } from 'pino'
import type { Config } from '../config.ts'
import type { TlsFiles } from '../config-doors.ts'
import { toVoxbridgeError, VoxbridgeError } from '../errors.ts'
import type { Engines } from '../models/engines.ts'
import type { Load } from '../models/load.ts'
import { LoadMonitor } from '../models/load-monitor.ts'
import { createChannel } from '../pipeline/channel.ts'
import { type EventLoopMonitor, monitorEventLoop } from '../telemetry/event-loop.ts'
import { GpuMonitor } from '../telemetry/gpu.ts'
import { Metrics, type ServerCounters } from '../telemetry/metrics.ts'
import type { LiveGauges } from '../telemetry/mlflow/live-window.ts'
import type { TraceLog } from '../telemetry/otlp/trace-log.ts'
import { Admission } from './admission.ts'
import { ApiTokens } from './auth/api-tokens.ts'
import { subprotocol } from './auth/credentials.ts'
import { allowOtherOrigins } from './auth/cross-origin.ts'
import { Gate, type Grant } from './auth/gate.ts'
import { ChannelWatch } from './channel-watch.ts'
import type { RequestHead } from './http.ts'
import { createRouter } from './http-routes.ts'
import { checkSettings } from './languages.ts'
import type { Readiness } from './readiness.ts'
import { countRefusal } from './refusals.ts'
import { createResampler } from './resampler.ts'
import { ResumableSessions } from './resumable-sessions.ts'
import { parseResume, type ResumeRequest } from './resume-request.ts'
import { Session } from './session.ts'
import { SessionRegistry } from './session-registry.ts'
import { type Connection, type ConnectionHandler, type SocketServer, startSocketServer } from './socket.ts'
import { readStaticFiles } from './static-files.ts'
import { checkTlsFiles, watchTlsFiles } from './tls-files.ts'
import { parseConnect } from './upgrade.ts'
import { usedEngines } from './used-engines.ts'
import { within } from '../pipeline/within.ts'

export type ServerConfig = Pick<
  Config,
  | 'host'
  | 'port'
  | 'doors'
  | 'maxChannels'
  | 'maxFrameBytes'
  | 'maxQueue'
  | 'idleTimeoutMs'
  | 'resumeWindowMs'
  | 'drainTimeoutMs'
  | 'earlyEndSilenceMs'
  | 'endSilenceMs'
  | 'chunkDurationMs'
  | 'logText'
>

export interface VoiceServerOptions {
  readonly config: ServerConfig
  readonly readiness: Readiness
  /** Folders of the page, by the path that their files are served under. */
  readonly staticFolders: Readonly<Record<string, string>>
  readonly log: Pick<BaseLogger, 'debug' | 'info' | 'warn' | 'error'>
  /** Told of everything that the server counts for `GET /metrics`. */
  readonly counters?: ServerCounters | undefined
  /** Told of each utterance. */
  readonly traces?: Pick<TraceLog, 'record'> | undefined
  /** In place of one of its own. */
  readonly eventLoop?: EventLoopMonitor
}

export interface VoiceServer {
  readonly port: number
  readonly gauges: () => LiveGauges
  readonly metrics: Pick<Metrics, 'countWorkerRestart'>
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

/** How soon a conversation ends whose token was revoked. */
const passIntervalMs = 1000

/** @throws VoxbridgeError ERR_CONFIG where the address cannot be had, ERR_TOKEN_FILE. */
export async function startVoiceServer(options: VoiceServerOptions): Promise<VoiceServer> {
  const { config, log, readiness, eventLoop = monitorEventLoop() } = options
  const { tls } = config.doors
  if (tls) await checkTlsFiles(tls)
  const sessions = new SessionRegistry()
  const resumable = new ResumableSessions(config.resumeWindowMs)
  const metrics = new Metrics()
  const engines = (): Engines | undefined => readiness.engines
  const load = new LoadMonitor({
    engines,
    channels: () => sessions.channels(),
    eventLoopP99Ms: () => eventLoop.p99Ms(),
  })
  const loadTimer = watchLoad(load, ({ level, partialStepMs, full }) => {
    log.info(
      { load: level, partialStepMs },
      full ? `no room for more: ${full.message}` : 'the load has changed',
    )
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
  const gpuMonitor = new GpuMonitor()
  const renderMetrics = async (): Promise<string> => {
    const usesGpu = engines()?.placements.some(({ device }) => device !== 'cpu')
    const gpus = usesGpu ? await gpuMonitor.read() : []
    const { status, engines: states } = readiness.standing
    return metrics.render({
      ...gauges(),
      ready: status === 'ready',
      engines: states,
      queueDepths: engines()?.queueDepths() ?? {},
      usage: engines()?.usage() ?? {},
      gpus,
    })
  }
  const tokens = await ApiTokens.open(config.doors.tokensFile, log)
  if (config.doors.auth && tokens.size === 0) {
    log.warn(
      'Nobody can use this server yet: clients need a token, and there is none. npm run token -- create NAME makes one; in a container, node dist/cli/token.js create NAME.',
    )
  }
  const gate = new Gate({
    config: config.doors,
    tokens,
    onRefused: (cause) => metrics.countRefused(cause),
    onUnknownProxy: () =>
      log.warn(
        'A proxy brings clients to this server, which takes everybody for this machine itself: name the proxy in TRUST_PROXY.',
      ),
  })
  const passTimer = setInterval(() => sessions.checkPasses(), passIntervalMs).unref()
  const route = createRouter({
    gate,
    readiness,
    files: await readStaticFiles(options.staticFolders),
    renderMetrics,
    maxModelRequests: config.maxChannels * modelRequestsForEachChannel,
    checkRequest: () => admission.checkRequest(),
  })
  const server = await startSocketServer({
    host: config.host,
    port: config.port,
    path: '/ws',
    tls,
    subprotocols: [subprotocol],
    admit: (peer) => gate.admits(peer),
    maxPayloadBytes: config.maxFrameBytes * payloadRoom,
    maxBackpressureBytes,
    accept: (head, { signal }) =>
      acceptSession(head, { ...options, sessions, resumable, load, gate, admission, metrics, signal }).catch(
        (error: unknown) => {
          countRefusal(error, metrics)
          throw error
        },
      ),
    route: allowOtherOrigins(route, gate),
  })
  const stopRenewing = tls && renewCertificate(server, tls, log)
  return {
    port: server.port,
    gauges,
    metrics,
    async close() {
      // Who comes meanwhile is told so: that is more than a port that does not answer.
      readiness.stop()
      resumable.close()
      await Promise.all([
        sessions.drain(config.drainTimeoutMs),
        within(server.answered(), config.drainTimeoutMs),
      ])
      server.stopListening()
      server.close()
      stopRenewing?.()
      tokens.close()
      clearInterval(passTimer)
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

/** @returns stops looking at the files. */
function renewCertificate(server: SocketServer, files: TlsFiles, log: VoiceServerOptions['log']): () => void {
  return watchTlsFiles(files, {
    onChange: () =>
      void server.renewCertificate().then(
        () => log.info('the certificate was renewed'),
        (error: unknown) => log.error(toVoxbridgeError(error).message),
      ),
    onProblem: (error) => log.warn(`${toVoxbridgeError(error).message} The certificate stays as it was.`),
  })
}

interface AcceptOptions extends VoiceServerOptions {
  readonly sessions: SessionRegistry
  readonly resumable: ResumableSessions
  readonly load: LoadMonitor
  readonly gate: Gate
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
  head: RequestHead,
  {
    admission,
    config,
    counters,
    gate,
    load,
    log,
    metrics,
    readiness,
    resumable,
    sessions,
    signal,
    traces,
  }: AcceptOptions,
): Promise<(connection: Connection) => ConnectionHandler> {
  const grant = gate.enter(head, 'talk')
  const resume = parseResume(head.query)
  if (resume) return resumeSession(resume, resumable, grant)
  const request = parseConnect(head.query)
  const { abilities, engines, vad } = readiness.loaded
  checkSettings(request.settings, abilities)
  if (engines.outage !== undefined) throw new VoxbridgeError('ERR_ENGINE_GONE', engines.outage)
  admission.checkChannel()
  const pass = grant.openChannel()
  const seat = sessions.take(request.channelId, usedEngines(request.settings, engines), pass)
  const resampler = await createResampler(request.inputRateHz).catch((error: unknown) => {
    seat.leave()
    throw error
  })
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
    const watched = {
      ...{ channelId, sessionId: id, token: grant.name },
      ...{ src: settings.source, tgt: settings.target },
    }
    log.debug(watched, 'channel opened')
    const { logText } = config
    const watch = new ChannelWatch({ ...watched, metrics, counters, traces, log, logText })
    const session = new Session({
      id,
      request,
      channel,
      pass,
      resampler,
      abilities,
      outputRateHz,
      maxFrameBytes: config.maxFrameBytes,
      idleTimeoutMs: config.idleTimeoutMs,
      resumeWindowMs: config.resumeWindowMs,
      load: () => load.current,
      onSent: (message) => watch.see(message),
      onLine: (state) => log.info({ channelId, sessionId: id }, `connection ${state}`),
      onEnd(code, summary) {
        seat.leave()
        resumable.end(id)
        watch.end(code, summary)
      },
    })
    seat.session = session
    resumable.add(id, session, grant.name)
    return session.attach(connection)
  }
}

/** @throws VoxbridgeError that becomes the HTTP answer. */
function resumeSession(
  { sessionId, position }: ResumeRequest,
  resumable: ResumableSessions,
  { name }: Pick<Grant, 'name'>,
): (connection: Connection) => ConnectionHandler {
  const session = resumable.find(sessionId, name)
  session.checkPosition(position)
  return (connection) => session.attach(connection, position)
}
