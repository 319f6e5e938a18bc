/** Loads the models of a configuration into their workers. */
import { basename, join } from 'node:path'
import { VoxbridgeError } from '../errors.ts'
import type { TurnDetector } from '../stages/segment/turn-detector.ts'
import type { Synthesizer } from '../stages/speak/synthesizer.ts'
import type { Recognizer } from '../stages/transcribe/recognizer.ts'
import { exampleOf } from '../stages/translate/routes.ts'
import type { Translator } from '../stages/translate/translator.ts'
import { answerLimits } from './answer-limits.ts'
import { type EngineShares, calibrate } from './calibrate.ts'
import { asRecognizer, asSynthesizer, asTranslator, asTurnDetector } from './engine-adapters.ts'
import { type Devices, deviceOf } from './device.ts'
import type { EngineUsage } from './engine-meter.ts'
import { readModelEngine } from './installed.ts'
import type { Device } from './session.ts'
import { type EngineClient, type EngineState, startEngine } from './worker-client.ts'

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
  /** What models run on that can run on more than the CPU. */
  readonly devices: Pick<Devices, 'models' | 'voices'>
  /** Requests that may wait in front of each engine. */
  readonly queueCapacity: number
  /** How long an engine may be silent over a short request before its worker is taken for hung. */
  readonly answerTimeoutMs: number
}

export interface LoadOptions {
  readonly signal?: AbortSignal
  /** Told in one line when an engine stopped by itself and when it runs again. */
  readonly log?: (message: string) => void
  /** Told when a new worker has taken the place of one that crashed or hung. */
  readonly onRestart?: (engine: string) => void
}

export interface Engines {
  readonly turnDetector: TurnDetector | undefined
  readonly recognizer: Recognizer
  readonly translator: Translator
  /** One for each engine that speaks; the first with a voice for a language is that language's default. */
  readonly synthesizers: readonly Synthesizer[]
  /** Whether the workers live, by the engine's name. */
  states(): Readonly<Record<string, EngineState>>
  /** Requests that wait now, by the engine's name. */
  queueDepths(): Readonly<Record<string, number>>
  /** Where the engines' time went lately, by the engine's name. */
  usage(): Readonly<Record<string, EngineUsage>>
  /** What one more speaker can be expected to need. */
  readonly expectedShares: EngineShares
  /** Why an engine refuses requests for the time being, in words; undefined where none does. */
  readonly outage: string | undefined
  /** What runs where. */
  readonly placements: readonly Placement[]
  close(): Promise<void>
}

export interface Placement {
  /** The model's name. */
  readonly model: string
  readonly device: Device
  /** Threads that one run may use, of what runs on the CPU. */
  readonly threads: number
}

type LoadedEngine = Pick<
  EngineClient<never, unknown, unknown>,
  'state' | 'outage' | 'queueDepth' | 'usage' | 'close'
>

/** What TensorRT has not seen yet, it builds an engine for. */
const tensorRtPatience = 30
/** Enough for one pass of the recogniser's whole graph. */
const warmUpSamples = 16000

/** Models that share a worker. */
export interface EngineModels {
  readonly engine: string
  readonly modelDirs: readonly string[]
  readonly device: Device
}

/**
 * Loads all models, at the same time, and gives each a first small request so that the first client does not pay for
 * what is set up lazily.
 * @throws VoxbridgeError ERR_MODEL_MISSING, ERR_MODEL_FORMAT, ERR_ENGINE, ERR_ABORTED; nothing stays loaded then
 */
export async function loadEngines(settings: EngineSettings, options: LoadOptions = {}): Promise<Engines> {
  const { modelsDir, threads, devices, queueCapacity } = settings
  const group = (names: readonly string[], device: Device): Promise<EngineModels[]> =>
    groupByEngine(modelsDir, names, device)
  const turnModels = await group(settings.turnDetectors, 'cpu')
  const recognizerModels = theOne(await group([settings.recognizer], devices.models))
  const translatorModels = theOne(await group(settings.translators, devices.models))
  const voiceModels = await group(settings.voices, devices.voices)
  const clients = new Map<string, LoadedEngine>()
  const close = async (): Promise<void> => {
    await Promise.all([...clients.values()].map((client) => client.close()))
  }
  const placements: Placement[] = []
  // One that cannot be loaded stops the loading of the others.
  const stop = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal
  const start = async <Request, Item, Info, Shown>(
    { engine, modelDirs, device }: EngineModels,
    threads: number,
    limitMs: (request: Request) => number,
    show: (client: EngineClient<Request, Item, Info>) => Shown,
  ): Promise<Shown> => {
    const patience = device === 'tensorrt' ? tensorRtPatience : 1
    const client = await startEngine<Request, Item, Info>(engine, {
      modelDirs,
      threads,
      device,
      queueCapacity,
      answerLimitMs: (request) => patience * limitMs(request),
      ...(options.log && { log: options.log }),
      onRestart: () => options.onRestart?.(engine),
      signal,
    })
    clients.set(engine, client)
    placements.push(...modelDirs.map((dir) => ({ model: basename(dir), device, threads })))
    if (signal.aborted) await client.close()
    return show(client)
  }

  const limits = answerLimits(settings.answerTimeoutMs)

  try {
    const [turnDetectors, recognizer, translator, synthesizers] = await Promise.all([
      Promise.all(turnModels.map((models) => start(models, 1, limits.turnDetector, asTurnDetector))),
      start(recognizerModels, threads.recognizer, limits.recognizer, asRecognizer),
      start(translatorModels, threads.translator, limits.translator, asTranslator),
      Promise.all(voiceModels.map((models) => start(models, threads.voice, limits.voice, asSynthesizer))),
    ])
    const [turnDetector] = turnDetectors
    await warmUp(turnDetector, recognizer, translator, synthesizers, signal)
    const calibrated = {
      recognizer,
      recognizerEngine: recognizerModels.engine,
      translator,
      translatorEngine: translatorModels.engine,
      synthesizers,
    }
    const expectedShares = await calibrate(calibrated, { signal })
    const states = (): Record<string, EngineState> =>
      Object.fromEntries([...clients].map(([name, client]) => [name, client.state]))
    const queueDepths = (): Record<string, number> =>
      Object.fromEntries([...clients].map(([name, client]) => [name, client.queueDepth]))
    const usage = (): Record<string, EngineUsage> =>
      Object.fromEntries([...clients].map(([name, client]) => [name, client.usage()]))
    return {
      turnDetector,
      recognizer,
      translator,
      synthesizers,
      states,
      queueDepths,
      usage,
      expectedShares,
      placements,
      get outage() {
        return [...clients.values()].find(({ outage }) => outage !== undefined)?.outage
      },
      close,
    }
  } catch (error) {
    stop.abort()
    await close()
    throw error
  }
}

/** Models of the same engine share one worker, and the device that all of them can run on. */
export async function groupByEngine(
  modelsDir: string,
  names: readonly string[],
  wished: Device,
): Promise<EngineModels[]> {
  const groups = new Map<string, EngineModels>()
  for (const name of names) {
    const modelDir = join(modelsDir, name)
    const engine = await readModelEngine(modelDir)
    const device = await deviceOf(modelDir, wished)
    const group = groups.get(engine)
    groups.set(engine, {
      engine,
      modelDirs: [...(group?.modelDirs ?? []), modelDir],
      device: group?.device === 'cpu' ? 'cpu' : device,
    })
  }
  return [...groups.values()]
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
  for (const route of translator.info.routes.filter(({ via }) => via === undefined)) {
    await translator.translate({ text: 'OK.', ...exampleOf(route) }, { signal })
  }
  const targets = new Set(translator.info.routes.flatMap((route) => route.targets))
  for (const synthesizer of synthesizers) {
    for (const language of warmedLanguages(synthesizer, targets)) {
      const speech = synthesizer.synthesize({ text: 'OK.', language }, { signal })
      for await (const chunk of speech) void chunk
    }
  }
}

/** Those that are translated into; of a voice for all others, and of one for none of them, any one. */
function warmedLanguages({ info }: Synthesizer, targets: ReadonlySet<string>): Set<string> {
  const wanted = info.voices.filter(({ language, robotic }) => targets.has(language) && !robotic)
  const warmed = wanted.length > 0 ? wanted : info.voices.slice(0, 1)
  return new Set(warmed.map(({ language }) => language))
}
