/** From the configuration to models that run: what is missing is fetched, then everything is loaded. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import type { Config } from './config.ts'
import { type Devices, chooseDevices } from './models/device.ts'
import { type Placement, loadEngines } from './models/engines.ts'
import { ensureModels } from './models/fetch.ts'
import { installedModels } from './models/installed.ts'
import { readLock } from './models/lock.ts'
import { createProgressDisplay, type ModelProgress } from './models/progress.ts'
import { type ModelSelection, selectedNames, selectModels } from './models/selection.ts'
import type { Device } from './models/session.ts'
import { keepTensorRtEngines } from './models/tensorrt-cache.ts'
import { loadSilero, type VoiceDetector } from './stages/segment/silero.ts'
import type { Loaded, Readiness } from './transport/readiness.ts'

const lockPath = fileURLToPath(new URL('../models.lock.json', import.meta.url))

export interface LoadModelsOptions {
  /** Told how far it is. */
  readonly readiness: Readiness
  readonly log: Logger
  /** Told when an engine's worker crashed or hung, and a new one has taken its place. */
  readonly onRestart?: (engine: string) => void
  readonly signal: AbortSignal
}

/** @throws VoxbridgeError with one line that says what is missing or wrong; nothing stays loaded then. */
export async function loadModels(config: Config, options: LoadModelsOptions): Promise<Loaded> {
  const { modelsDir } = config
  const devices = await chooseDevices(config)
  const selection = selectModels(config, await readLock(lockPath), await installedModels(modelsDir), {
    gpu: devices.models !== 'cpu',
  })
  options.log.info(`The models are kept in ${modelsDir}.`)
  explainShortfall(devices, config, options)
  if (devices.voices === 'tensorrt') keepTensorRtEngines(modelsDir)
  const names = selectedNames(selection)
  await fetchMissing(names, config, options)
  for (const name of names) options.readiness.reportModel(name, 'loading')
  options.log.info(`Loading ${names.join(', ')}.`)
  const engines = await loadEngines(
    {
      ...selection,
      modelsDir,
      devices,
      threads: { recognizer: config.asrThreads, translator: config.mtThreads, voice: config.ttsThreads },
      queueCapacity: config.maxChannels * queuedForEachChannel,
      answerTimeoutMs: config.answerTimeoutMs,
    },
    {
      signal: options.signal,
      log: (message) => options.log.warn(message),
      ...(options.onRestart && { onRestart: options.onRestart }),
    },
  )
  try {
    const vad = await loadDetector(selection, modelsDir)
    options.log.info(`Running ${engines.placements.map(describePlacement).join(', ')}.`)
    const { note } = engines.recognizer.info
    if (note !== undefined) options.log.info(note)
    return { engines, vad }
  } catch (error) {
    await engines.close()
    throw error
  }
}

/** A channel waits for one answer of an engine at a time; the rest is room for HTTP requests. */
const queuedForEachChannel = 4

async function fetchMissing(
  names: readonly string[],
  { modelsDir, hub }: Config,
  { readiness, signal }: LoadModelsOptions,
): Promise<void> {
  for (const name of names) readiness.reportModel(name, 'waiting')
  const display = createProgressDisplay(process.stderr)
  const report = (progress: ModelProgress): void => {
    display.report(progress)
    reportProgress(progress, readiness)
  }
  try {
    await ensureModels(names, { modelsDir, lockPath, hub, report, signal })
  } finally {
    display.stop()
  }
}

function reportProgress(progress: ModelProgress, readiness: Readiness): void {
  switch (progress.step) {
    // Printed, and nothing that a client would wait for.
    case 'warning':
      return
    case 'wait':
      return readiness.report(`waiting for ${progress.holder}, which fetches models too`)
    case 'download': {
      const percent = Math.floor((100 * progress.doneBytes) / progress.totalBytes)
      return readiness.report(`fetching models, ${percent} %`)
    }
    case 'import':
      return readiness.reportModel(progress.model, 'importing')
    case 'installed':
      return readiness.reportModel(progress.model, 'installed')
  }
}

/** Where nobody can have meant a GPU, that there is none is no news. */
function explainShortfall({ shortfall }: Devices, { ttsRuntime }: Config, { log }: LoadModelsOptions): void {
  if (shortfall === undefined) return
  const message = `The GPU is not used: ${shortfall}`
  if (ttsRuntime === 'trt' || existsSync(nvidiaDriver)) log.warn(message)
  else log.debug(message)
}

const nvidiaDriver = '/proc/driver/nvidia/version'

const deviceTitles = { cpu: 'CPU', cuda: 'GPU', tensorrt: 'GPU with TensorRT' } as const satisfies Record<
  Device,
  string
>

function describePlacement({ model, device, threads }: Placement): string {
  const where = deviceTitles[device]
  if (device !== 'cpu') return `${model} (${where})`
  return `${model} (${where}, ${threads} ${threads === 1 ? 'thread' : 'threads'})`
}

async function loadDetector({ vad }: ModelSelection, modelsDir: string): Promise<VoiceDetector | undefined> {
  const [name] = vad
  return name === undefined ? undefined : loadSilero(join(modelsDir, name))
}
