/** From the configuration to models that run: what is missing is fetched, then everything is loaded. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import type { Config } from './config.ts'
import { loadEngines } from './models/engines.ts'
import { ensureModels } from './models/fetch.ts'
import { installedModels } from './models/installed.ts'
import { readLock } from './models/lock.ts'
import { createProgressDisplay, type ModelProgress } from './models/progress.ts'
import { type ModelSelection, selectedNames, selectModels } from './models/selection.ts'
import { loadSilero, type VoiceDetector } from './stages/segment/silero.ts'
import type { Loaded, Readiness } from './transport/readiness.ts'

const lockPath = fileURLToPath(new URL('../models.lock.json', import.meta.url))

export interface LoadModelsOptions {
  /** Told how far it is. */
  readonly readiness: Readiness
  readonly log: Logger
  readonly signal: AbortSignal
}

/** @throws VoxbridgeError with one line that says what is missing or wrong; nothing stays loaded then. */
export async function loadModels(config: Config, options: LoadModelsOptions): Promise<Loaded> {
  const { modelsDir } = config
  const selection = selectModels(config, await readLock(lockPath), await installedModels(modelsDir))
  options.log.info(`The models are kept in ${modelsDir}.`)
  await fetchMissing(selectedNames(selection), modelsDir, options)
  announce(selection, config, options)
  const engines = await loadEngines(
    {
      ...selection,
      modelsDir,
      threads: { recognizer: config.asrThreads, translator: config.mtThreads, voice: config.ttsThreads },
      queueCapacity: config.maxChannels * queuedForEachChannel,
    },
    { signal: options.signal, log: (message) => options.log.warn(message) },
  )
  try {
    return { engines, vad: await loadDetector(selection, modelsDir) }
  } catch (error) {
    await engines.close()
    throw error
  }
}

/** A channel waits for one answer of an engine at a time; the rest is room for HTTP requests. */
const queuedForEachChannel = 4

async function fetchMissing(
  names: readonly string[],
  modelsDir: string,
  { readiness, signal }: LoadModelsOptions,
): Promise<void> {
  for (const name of names) readiness.reportModel(name, 'waiting')
  const display = createProgressDisplay(process.stderr)
  const report = (progress: ModelProgress): void => {
    display.report(progress)
    reportProgress(progress, readiness)
  }
  try {
    await ensureModels(names, { modelsDir, lockPath, report, signal })
  } finally {
    display.stop()
  }
}

function reportProgress(progress: ModelProgress, readiness: Readiness): void {
  switch (progress.step) {
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

function announce(
  { turnDetectors, recognizer, translators, voices }: ModelSelection,
  { asrThreads, mtThreads, ttsThreads }: Config,
  { log, readiness }: LoadModelsOptions,
): void {
  const show = (name: string, threads: number): void => {
    readiness.reportModel(name, 'loading')
    log.info(`Loading ${name} (CPU, ${threads} ${threads === 1 ? 'thread' : 'threads'}).`)
  }
  for (const name of turnDetectors) show(name, 1)
  show(recognizer, asrThreads)
  for (const name of translators) show(name, mtThreads)
  for (const name of voices) show(name, ttsThreads)
}

async function loadDetector({ vad }: ModelSelection, modelsDir: string): Promise<VoiceDetector | undefined> {
  const [name] = vad
  return name === undefined ? undefined : loadSilero(join(modelsDir, name))
}
