/** Runs each model once: loads it as the server does, asks it for something small, and times the answer. */
import { basename, join } from 'node:path'
import type { Config } from '../config.ts'
import type { Devices } from '../models/device.ts'
import { asRecognizer, asSynthesizer, asTranslator, asTurnDetector } from '../models/engine-adapters.ts'
import { type EngineModels, groupByEngine } from '../models/engines.ts'
import type { ModelSelection } from '../models/selection.ts'
import { type EngineClient, startEngine } from '../models/worker-client.ts'
import { loadSilero } from '../stages/segment/silero.ts'
import { ExpectedTimes } from './expected-times.ts'
import { type Finding, failure, reasonOf } from './finding.ts'
import {
  type Trial,
  detectorTrial,
  readRecording,
  recognizerTrial,
  translatorTrial,
  turnTrial,
  voiceTrial,
} from './trial-requests.ts'

/** The first run of a session is slow: it allocates. */
const timedRuns = 3
/** So much slower than expected is worth a warning. */
const slowFactor = 3
const queueCapacity = 4

interface NamedTrial {
  /** The model's name. */
  readonly model: string
  readonly trial: Trial
}

export interface TrialSettings {
  readonly config: Config
  readonly devices: Pick<Devices, 'models' | 'voices'>
  /** Names of models that are installed and intact, by what they do. */
  readonly selection: ModelSelection
}

/** One finding for each model. They are loaded one after the other, so that little memory is needed. */
export async function* tryModels(
  { config, devices, selection }: TrialSettings,
  options: { readonly signal: AbortSignal },
): AsyncGenerator<Finding> {
  const { modelsDir } = config
  const recording = await readRecording()
  const expected = new ExpectedTimes()
  const judge = (trials: readonly NamedTrial[]): AsyncGenerator<Finding> =>
    judgeTrials(trials, expected, options)
  const group = (names: readonly string[], device: Devices['models']): Promise<EngineModels[]> =>
    groupByEngine(modelsDir, names, device)

  for (const model of selection.vad) {
    yield* guarded(model, async function* () {
      const detector = await loadSilero(join(modelsDir, model))
      try {
        yield* judge([{ model, trial: detectorTrial(detector, recording) }])
      } finally {
        await detector.close()
      }
    })
  }
  const kinds: readonly Kind[] = [
    {
      groups: await group(selection.turnDetectors, 'cpu'),
      threads: 1,
      trials: (client, names) => [{ model: names, trial: turnTrial(asTurnDetector(client), recording) }],
    },
    {
      groups: await group(selection.recognizer === '' ? [] : [selection.recognizer], devices.models),
      threads: config.asrThreads,
      trials: (client, names) => [{ model: names, trial: recognizerTrial(asRecognizer(client), recording) }],
    },
    {
      groups: await group(selection.translators, devices.models),
      threads: config.mtThreads,
      trials(client) {
        const translator = asTranslator(client)
        const direct = translator.info.routes.filter(({ via }) => via === undefined)
        return direct.map((route) => ({ model: route.model, trial: translatorTrial(translator, route) }))
      },
    },
    {
      groups: await group(selection.voices, devices.voices),
      threads: config.ttsThreads,
      trials: (client, names) => [{ model: names, trial: voiceTrial(asSynthesizer(client)) }],
    },
  ]
  for (const { groups, threads, trials } of kinds) {
    for (const { engine, modelDirs, device } of groups) {
      const names = modelDirs.map((dir) => basename(dir)).join(' + ')
      yield* guarded(names, async function* () {
        const client = await startEngine<never, never, never>(engine, {
          modelDirs,
          threads,
          device,
          queueCapacity,
          ...options,
        })
        try {
          yield* judge(trials(client, names))
        } finally {
          await client.close()
        }
      })
    }
  }
}

interface Kind {
  readonly groups: readonly EngineModels[]
  readonly threads: number
  readonly trials: (client: EngineClient<never, never, never>, names: string) => NamedTrial[]
}

/** Loading a model, or ending it, may fail too. */
async function* guarded(model: string, find: () => AsyncGenerator<Finding>): AsyncGenerator<Finding> {
  try {
    yield* find()
  } catch (error) {
    yield failure(
      model,
      reasonOf(error),
      `Fetch it again: npm run models fetch ${model.replaceAll(' + ', ' ')}`,
    )
  }
}

async function* judgeTrials(
  trials: readonly NamedTrial[],
  expected: ExpectedTimes,
  options: { readonly signal: AbortSignal },
): AsyncGenerator<Finding> {
  for (const { model, trial } of trials) {
    const { found, ms } = await time(trial, options)
    yield judgeTime(model, found, { ms, expectedMs: await expected.of(model) })
  }
}

async function time(
  trial: Trial,
  options: { readonly signal: AbortSignal },
): Promise<{ found: string; ms: number }> {
  let found = await trial(options)
  let ms = Infinity
  for (let run = 0; run < timedRuns; run++) {
    const startedAt = performance.now()
    found = await trial(options)
    ms = Math.min(ms, performance.now() - startedAt)
  }
  return { found, ms }
}

/** @param times `expectedMs` is undefined where there is nothing to compare with. */
export function judgeTime(
  model: string,
  found: string,
  { ms, expectedMs }: { readonly ms: number; readonly expectedMs: number | undefined },
): Finding {
  const times = { ms: round(ms), ...(expectedMs !== undefined && { expectedMs: round(expectedMs) }) }
  if (expectedMs === undefined || ms <= expectedMs * slowFactor) {
    return { state: 'ok', subject: model, found, ...times }
  }
  const remedy =
    'Something else is using the processor, or its cores are shared: end it, or give this machine more cores.'
  return { state: 'warning', subject: model, found, remedy, ...times }
}

/** Three figures say enough. */
function round(ms: number): number {
  return Number(ms.toPrecision(3))
}
