/** What `server.ts` runs: configuration, socket, models, and an orderly end. */
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import { type Config, type Environment, formatHelp, readConfig } from './config.ts'
import { toVoxbridgeError } from './errors.ts'
import { loadModels } from './load-models.ts'
import { killOurselves } from './process-end.ts'
import { createLogger } from './telemetry/logger.ts'
import { LiveLog } from './telemetry/mlflow/live-log.ts'
import { LiveWindow } from './telemetry/mlflow/live-window.ts'
import { TraceLog } from './telemetry/otlp/trace-log.ts'
import { type Loaded, Readiness } from './transport/readiness.ts'
import { startVoiceServer, type VoiceServer } from './transport/voice-server.ts'

/** The page, and the recordings that can be tried in it. */
const staticFolders = {
  '/': fileURLToPath(new URL('../public', import.meta.url)),
  '/samples/': fileURLToPath(new URL('../samples', import.meta.url)),
}

/**
 * Ends with exit code 0 after SIGTERM or SIGINT, with 1 and one clear line where the start fails.
 * @param environment in place of the process's own.
 */
export async function runApplication(args: readonly string[], environment?: Environment): Promise<void> {
  if (args.includes('--help')) {
    process.stdout.write(formatHelp())
    return
  }
  try {
    const config = readConfig(environment)
    await serve(config, await createLogger(config.logLevel))
  } catch (error) {
    process.stderr.write(`${toVoxbridgeError(error).message}\n`)
    process.exitCode = 1
  }
}

async function serve(config: Config, log: Logger): Promise<void> {
  const stop = stopSignal()
  const readiness = new Readiness()
  const counters = config.mlflow.live ? new LiveWindow() : undefined
  const traces = startTraceLog(config, log)
  const server = await startVoiceServer({ config, readiness, staticFolders, log, counters, traces })
  const liveLog = startLiveLog(config, { server, counters, log })
  let loaded: Loaded | undefined
  try {
    const startedAt = performance.now()
    const onRestart = (engine: string): void => server.metrics.countWorkerRestart(engine)
    loaded = await loadModels(config, { readiness, log, signal: stop, onRestart })
    readiness.complete(loaded)
    surviveErrors(log)
    log.info(`Ready after ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`)
    const scheme = config.doors.tls ? 'https' : 'http'
    log.info(`Open ${scheme}://${displayHost(config.host)}:${server.port}`)
    if (!stop.aborted) await once(stop, 'abort')
    log.info('Stopping: conversations may finish.')
  } catch (error) {
    if (!stop.aborted) throw error
  } finally {
    await server.close()
    await Promise.all([liveLog?.close(), traces?.close()])
    await loaded?.engines.close()
    await loaded?.vad?.close()
  }
}

interface LiveLogSources {
  readonly server: VoiceServer
  /** Undefined where nothing is to be reported. */
  readonly counters: LiveWindow | undefined
  readonly log: Logger
}

function startLiveLog(config: Config, { server, counters, log }: LiveLogSources): LiveLog | undefined {
  const { trackingUri, experimentName } = config.mlflow
  if (counters === undefined || trackingUri === undefined) return undefined
  const params = {
    whisper: config.whisperModel,
    mt: config.mtModel,
    tts: config.ttsModels.join(','),
    gpu: config.useGpu,
    max_channels: String(config.maxChannels),
  }
  return new LiveLog({ trackingUri, experimentName, params, window: counters, gauges: server.gauges, log })
}

function startTraceLog({ otlp: { endpoint, headers } }: Config, log: Logger): TraceLog | undefined {
  return endpoint === undefined ? undefined : new TraceLog({ endpoint, headers, log })
}

/** Aborts at the first SIGTERM or SIGINT; the second ends the process at once. */
function stopSignal(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) killOurselves()
      controller.abort()
    })
  }
  return controller.signal
}

/** One conversation's fault must not end the others'. */
function surviveErrors(log: Logger): void {
  process.on('uncaughtException', (error) =>
    log.error({ err: error }, 'unexpected error; the server goes on'),
  )
  process.on('unhandledRejection', (reason) =>
    log.error({ err: reason }, 'unexpected error; the server goes on'),
  )
}

function displayHost(host: string): string {
  return ['127.0.0.1', '0.0.0.0', '::', '::1'].includes(host) ? 'localhost' : host
}
