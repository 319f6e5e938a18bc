/** Loads the models of a configuration into their workers. */
import { join } from 'node:path'
import { VoxbridgeError } from '../errors.ts'
import type { TurnDetector } from '../stages/segment/turn-detector.ts'
import type { Synthesizer } from '../stages/speak/synthesizer.ts'
import type { Recognizer } from '../stages/transcribe/recognizer.ts'
import type { Translator } from '../stages/translate/translator.ts'
import { type EngineShares, calibrate } from './calibrate.ts'
import { asRecognizer, asSynthesizer, asTranslator, asTurnDetector } from './engine-adapters.ts'
import type { EngineUsage } from './engine-meter.ts'
import { readModelEngine } from './installed.ts'
import { type EngineClient, startEngine } from './worker-client.ts'

/** Names of installed models, by what they do. */
export interface EngineSettings {
  readonly modelsDir: string
  /** One, or none. */
  readonly turnDetectors: readonly string[]
  readonly recognizer: string
  /** Models of one engine, e.g. one for each language pair. */
  readonly translators: readonly string[]
  readonly voices: readonly string[]
  /** Threads that one run may use. */
  readonly threads: { readonly recognizer: number; readonly translator: number; readonly voice: number }
  /** Requests that may wait in front of each engine. */
  readonly queueCapacity: number
}

export interface LoadOptions {
  readonly signal?: AbortSignal
  /** Told in one line when an engine stopped by itself and when it runs again. */
  readonly log?: (message: string) => void
}

export interface Engines {
  readonly turnDetector: TurnDetector | undefined
  readonly recognizer: Recognizer
  readonly translator: Translator
  /** One for each engine that speaks; the first with a voice for a language is that language's default. */
  readonly synthesizers: readonly Synthesizer[]
  /** Requests that wait now, by the engine's name. */
  queueDepths(): Readonly<Record<string, number>>
  /** Where the engines' time went lately, by the engine's name. */
  usage(): Readonly<Record<string, EngineUsage>>
  /** What one more speaker can be expected to need. */
  readonly expectedShares: EngineShares
  close(): Promise<void>
}

/** Enough for one pass of the recogniser's whole graph. */
const warmUpSamples = 16000

interface EngineModels {
  readonly engine: string
  readonly modelDirs: readonly string[]
}

/**
 * Loads all models, at the same time, and gives each a first small request so that the first client does not pay for
 * what is set up lazily.
 * @throws VoxbridgeError ERR_MODEL_MISSING, ERR_MODEL_FORMAT, ERR_ENGINE, ERR_ABORTED; nothing stays loaded then
 */
export async function loadEngines(settings: EngineSettings, options: LoadOptions = {}): Promise<Engines> {
  const { modelsDir, threads, queueCapacity } = settings
  const turnModels = await groupByEngine(modelsDir, settings.turnDetectors)
  const recognizerModels = theOne(await groupByEngine(modelsDir, [settings.recognizer]))
  const translatorModels = theOne(await groupByEngine(modelsDir, settings.translators))
  const voiceModels = await groupByEngine(modelsDir, settings.voices)
  const clients = new Map<
    string,
    Pick<EngineClient<never, unknown, unknown>, 'queueDepth' | 'usage' | 'close'>
  >()
  const close = async (): Promise<void> => {
    await Promise.all([...clients.values()].map((client) => client.close()))
  }
  // One that cannot be loaded stops the loading of the others.
  const stop = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal
  const start = async <Request, Item, Info, Shown>(
    { engine, modelDirs }: EngineModels,
    threads: number,
    show: (client: EngineClient<Request, Item, Info>) => Shown,
  ): Promise<Shown> => {
    const startOptions = { modelDirs, threads, queueCapacity, ...options, signal }
    const client = await startEngine<Request, Item, Info>(engine, startOptions)
    clients.set(engine, client)
    if (signal.aborted) await client.close()
    return show(client)
  }

  try {
    const [turnDetectors, recognizer, translator, synthesizers] = await Promise.all([
      Promise.all(turnModels.map((models) => start(models, 1, asTurnDetector))),
      start(recognizerModels, threads.recognizer, asRecognizer),
      start(translatorModels, threads.translator, asTranslator),
      Promise.all(voiceModels.map((models) => start(models, threads.voice, asSynthesizer))),
    ])
    const [turnDetector] = turnDetectors
    await warmUp(turnDetector, recognizer, translator, synthesizers, signal)
    const calibrated = { recognizer, recognizerEngine: recognizerModels.engine, synthesizers }
    const expectedShares = await calibrate(calibrated, { signal })
    const queueDepths = (): Record<string, number> =>
      Object.fromEntries([...clients].map(([name, client]) => [name, client.queueDepth]))
    const usage = (): Record<string, EngineUsage> =>
      Object.fromEntries([...clients].map(([name, client]) => [name, client.usage()]))
    return { turnDetector, recognizer, translator, synthesizers, queueDepths, usage, expectedShares, close }
  } catch (error) {
    stop.abort()
    await close()
    throw error
  }
}

/** Models of the same engine share one worker. */
async function groupByEngine(modelsDir: string, names: readonly string[]): Promise<EngineModels[]> {
  const groups = new Map<string, string[]>()
  for (const name of names) {
    const modelDir = join(modelsDir, name)
    const engine = await readModelEngine(modelDir)
    groups.set(engine, [...(groups.get(engine) ?? []), modelDir])
  }
  return [...groups].map(([engine, modelDirs]) => ({ engine, modelDirs }))
}

function theOne(groups: readonly EngineModels[]): EngineModels {
  const [first, second] = groups
  if (!first) throw new VoxbridgeError('ERR_MODEL_MISSING', 'No model is configured for this step.')
  if (second) {
    throw new VoxbridgeError(
      'ERR_CONFIG',
      `Models of one step need one engine, these need ${first.engine} and ${second.engine}.`,
    )
  }
  return first
}

async function warmUp(
  turnDetector: TurnDetector | undefined,
  recognizer: Recognizer,
  translator: Translator,
  synthesizers: readonly Synthesizer[],
  signal: AbortSignal,
): Promise<void> {
  const silence = (): Float32Array => new Float32Array(warmUpSamples)
  await turnDetector?.judge({ samples: silence() }, { signal })
  const [language = 'en'] = recognizer.info.languages
  await recognizer.recognize({ samples: silence(), language }, { signal })
  for (const { sources, targets } of translator.info.routes) {
    const [source = ''] = sources
    const target = targets.find((language) => language !== source) ?? ''
    await translator.translate({ text: 'OK.', source, target }, { signal })
  }
  for (const synthesizer of synthesizers) {
    for (const language of new Set(synthesizer.info.voices.map((voice) => voice.language))) {
      const speech = synthesizer.synthesize({ text: 'OK.', language }, { signal })
      for await (const chunk of speech) void chunk
    }
  }
}
