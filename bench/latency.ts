/**
 * From the end of speech to the first sound of its translation, as a listener at the other end of the socket has it.
 *
 * One speaker talks into an open channel in real time and waits for each answer. Speech ends where the energy of the
 * clip says so; the first sound is the first sample above -50 dBFS, when the page would play it. `latency-parts.ts`
 * says what the parts are.
 */
import { collectSegments, findAnswer, matchSegments, type Utterance } from './answers.ts'
import { findSpeech } from './audible.ts'
import { Conversation } from './conversation.ts'
import { type LatencyParts, partNames, splitLatency } from './latency-parts.ts'
import { Listener } from './listener.ts'
import { type Progress, showProgress } from './progress.ts'
import { readCount, runBench } from './run-bench.ts'
import {
  type Direction,
  inSetting,
  readDirections,
  type Setting,
  settingOptions,
  settingUsage,
} from './setting.ts'
import { readServerUsage } from './server-usage.ts'
import { readInputs, type SpokenInput } from './spoken-inputs.ts'
import { type Quantiles, quantiles, rounded } from './statistics.ts'

const usage = `
usage: npm run bench:latency -- [--trials 40] [--directions pt-en,en-pt] [options]

  --trials N        utterances in each direction (40)
  --directions LIST directions, one after the other (pt-en,en-pt)
  --src --tgt LANG  one direction instead${settingUsage}`

interface Trial {
  readonly name: string
  readonly transcript: string
  readonly translation: string
  /** Undefined where nothing was to be heard after the end of the speech. */
  readonly firstSoundMs: number | undefined
  /** Whether a part of it was spoken before its end. */
  readonly early: boolean
  readonly parts: LatencyParts | undefined
  readonly errors: readonly string[]
}

interface DirectionResult {
  readonly direction: string
  readonly trials: readonly Trial[]
  readonly summary: Readonly<Record<string, Quantiles>>
  readonly noSound: number
  readonly early: number
}

async function measure(
  conversation: Conversation,
  listener: Listener,
  { name, recording }: SpokenInput,
): Promise<Trial> {
  const { client } = conversation
  const { said, transcript, translation, latencies, errors } = await conversation.say(recording)
  const speech = findSpeech(recording)
  const utterance: Utterance = {
    name,
    startMs: said.startMs,
    speechMs: speech.endMs - speech.startMs,
    endedAt: said.startedAt + speech.endMs,
  }
  const [segments = []] = matchSegments([utterance], collectSegments(client, listener))
  const answer = findAnswer(utterance, segments)
  const ofAnswer = <T extends { readonly segment: number }>(messages: readonly T[]): T | undefined =>
    messages.findLast(({ segment }) => segment === answer?.segment)
  const report = ofAnswer(latencies)
  const detectedMs = ofAnswer(client.all('speech_end'))?.endMs
  const annotatedMs = said.startMs + speech.endMs
  return {
    name,
    transcript,
    translation,
    firstSoundMs: answer?.firstSoundMs,
    early: answer?.early ?? false,
    parts:
      answer && !answer.early && report && detectedMs !== undefined
        ? splitLatency({ answer, report, detectedMs, annotatedMs })
        : undefined,
    errors,
  }
}

function summarize(trials: readonly Trial[]): Record<string, Quantiles> {
  const parts = trials.flatMap(({ parts }) => parts ?? [])
  return {
    'first sound': quantiles(trials.flatMap(({ firstSoundMs }) => firstSoundMs ?? [])),
    ...Object.fromEntries(partNames.map((name) => [name, quantiles(parts.map((part) => part[name]))])),
  }
}

async function measureDirection(
  { api, signal }: Setting,
  { src, tgt }: Direction,
  { data, count, progress }: { data: string | undefined; count: number; progress: (note: string) => void },
): Promise<DirectionResult> {
  const inputs = await readInputs(api, { data, language: src, count })
  const { sampleRate } = inputs[0].recording
  const conversation = await Conversation.open(api.url, { src, tgt, sampleRate, signal })
  const listener = Listener.to(conversation.client)
  const trials: Trial[] = []
  for (let index = 0; index < count; index++) {
    const trial = await measure(conversation, listener, inputs[index % inputs.length] ?? inputs[0])
    trials.push(trial)
    const sound = trial.firstSoundMs === undefined ? 'no sound' : `${Math.round(trial.firstSoundMs)} ms`
    progress(`${src}-${tgt} ${trial.name} ${sound}`)
  }
  await conversation.close()
  return {
    direction: `${src}-${tgt}`,
    trials,
    summary: summarize(trials),
    noSound: trials.filter(({ firstSoundMs }) => firstSoundMs === undefined).length,
    early: trials.filter(({ early }) => early).length,
  }
}

function print({ direction, trials, summary, noSound, early }: DirectionResult): void {
  console.log(
    `\n${direction}: ${trials.length} utterances, ${noSound} without sound, ${early} spoken in part before their end; ms`,
  )
  console.table(summary)
  for (const { name, errors } of trials) for (const error of errors) console.log(`${name}: ${error}`)
}

await runBench(
  {
    usage,
    options: {
      ...settingOptions,
      trials: { type: 'string', default: '40' },
      directions: { type: 'string', default: 'pt-en,en-pt' },
      src: { type: 'string' },
      tgt: { type: 'string' },
    },
  },
  async ({ trials, directions: list, src, tgt, ...values }, signal) => {
    const count = readCount(trials, '--trials')
    const directions = readDirections((src ?? tgt) ? `${src ?? 'en'}-${tgt ?? 'pt'}` : list)
    await inSetting(values, signal, async (setting) => {
      let done = 0
      const display: Progress = showProgress(directions.length * count, 'utterances')
      const progress = (note: string): void => display.update(++done, note)
      const results: DirectionResult[] = []
      try {
        for (const direction of directions) {
          results.push(await measureDirection(setting, direction, { data: values.data, count, progress }))
        }
      } finally {
        display.stop()
      }
      const { rssMb, eventLoopP99Ms } = await readServerUsage(setting.api)
      results.forEach(print)
      const server = { rssMb: rounded(rssMb), eventLoopP99Ms: rounded(eventLoopP99Ms, 1) }
      console.log(`server: ${server.rssMb} MB resident, event loop ${server.eventLoopP99Ms} ms late (P99)`)
      return { results, server }
    })
  },
)
