/**
 * From the end of speech to the first sound of its translation, as a listener at the other end of the socket has it.
 *
 * One speaker talks into an open channel in real time and waits for each answer. Speech ends where the energy of the
 * clip says so; the first sound is the first sample above -50 dBFS, when the page would play it. `latency-parts.ts`
 * says what the parts are.
 */
import { joinPcm } from '../src/pipeline/join-samples.ts'
import type { Recording } from '../src/cli/wav.ts'
import { collectSegments, findAnswer, matchSegments, type Utterance } from './answers.ts'
import { findSpeech } from './audible.ts'
import { Conversation } from './conversation.ts'
import { splitLatency } from './latency-parts.ts'
import {
  type DirectionResult,
  drawCharts,
  type Exchange,
  firstSounds,
  summarize,
  toFigures,
  toTable,
  type Trial,
} from './latency-report.ts'
import { Listener } from './listener.ts'
import { type Progress, showProgress } from './progress.ts'
import { readCount } from './run-bench.ts'
import { type Direction, readDirections, type Setting, speechOptions, withServer } from './setting.ts'
import { readServerUsage } from './server-usage.ts'
import { readInputs, type SpokenInput } from './spoken-inputs.ts'
import { type BenchResult, defineBench, type Figure, untilInterrupted } from './suite/bench.ts'
import { chooseModels, modelOptions, serverParams, serverSettings } from './suite/models.ts'

const usage = `  --trials N        utterances in each direction (40)
  --directions LIST directions, one after the other (pt-en,en-pt)
  --src --tgt LANG  one direction instead`

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

/** @returns what was done of it before Ctrl-C */
async function measureDirection(
  { api, signal }: Setting,
  { src, tgt }: Direction,
  { data, count, progress }: { data: string; count: number; progress: (note: string) => void },
): Promise<DirectionResult> {
  const trials: Trial[] = []
  let exchange: Exchange | undefined
  await untilInterrupted(signal, async () => {
    const inputs = await readInputs({ data, language: src, count })
    const { sampleRate } = inputs[0].recording
    const conversation = await Conversation.open(api.url, { src, tgt, sampleRate, signal })
    const listener = Listener.to(conversation.client)
    for (let index = 0; index < count; index++) {
      const input = inputs[index % inputs.length] ?? inputs[0]
      const record = exchange ? undefined : recordAnswer(conversation)
      const trial = await measure(conversation, listener, input)
      trials.push(trial)
      exchange ??= record?.(trial, input.recording)
      const sound = trial.firstSoundMs === undefined ? 'no sound' : `${Math.round(trial.firstSoundMs)} ms`
      progress(`${src}-${tgt} ${trial.name} ${sound}`)
    }
    await conversation.close()
  })
  return {
    src,
    tgt,
    trials,
    summary: summarize(trials),
    noSound: trials.filter(({ firstSoundMs }) => firstSoundMs === undefined).length,
    early: trials.filter(({ early }) => early).length,
    exchange,
  }
}

/**
 * Keeps what is answered from now on; the listener gives it up once it was played.
 * @returns what makes an exchange of it; undefined where there was no answer
 */
function recordAnswer({ client }: Conversation): (trial: Trial, said: Recording) => Exchange | undefined {
  const pieces: Int16Array[] = []
  const startedAt = performance.now()
  let firstAt: number | undefined
  let open = true
  client.on('audio', (_clause, { at, pcm }) => {
    if (!open) return
    firstAt ??= at
    pieces.push(pcm)
  })
  return (trial, said) => {
    open = false
    if (firstAt === undefined || trial.early) return undefined
    const answer = { pcm: joinPcm(pieces), sampleRate: client.ready.output.sampleRate }
    return { trial, said, answer, answeredMs: firstAt - startedAt }
  }
}

export const latencyBench = defineBench({
  name: 'latency',
  title: 'from the end of speech to the first sound, by stage',
  usage,
  options: {
    ...speechOptions,
    ...modelOptions,
    trials: { type: 'string', default: '40' },
    directions: { type: 'string', default: 'pt-en,en-pt' },
    src: { type: 'string' },
    tgt: { type: 'string' },
  },
  async run({ trials, directions: list, src, tgt, models: names, ...values }, { signal }) {
    const count = readCount(trials, '--trials')
    const directions = readDirections((src ?? tgt) ? `${src ?? 'en'}-${tgt ?? 'pt'}` : list)
    const models = await chooseModels(names)
    const settings = serverSettings(models)
    return withServer(values, { signal, settings }, async (setting): Promise<BenchResult | undefined> => {
      let done = 0
      const display: Progress = showProgress(directions.length * count, 'utterances')
      const progress = (note: string): void => display.update(++done, note)
      const measured: DirectionResult[] = []
      try {
        for (const direction of directions) {
          measured.push(await measureDirection(setting, direction, { data: values.data, count, progress }))
        }
      } finally {
        display.stop()
      }
      const results = measured.filter((result) => result.trials.length > 0)
      if (results.length === 0) return undefined
      const server = signal.aborted ? undefined : await readServerUsage(setting.api)
      return {
        params: {
          ...serverParams(models),
          trials,
          directions: directions.map((direction) => `${direction.src}-${direction.tgt}`).join(','),
          data: values.data,
        },
        figures: {
          ...Object.assign({}, ...results.map(toFigures)),
          ...(server && {
            rss: { value: server.rssMb, unit: 'MB', better: 'lower' },
            event_loop_p99: { value: server.eventLoopP99Ms, unit: 'ms', better: 'lower' },
          }),
        } as Record<string, Figure>,
        series: Object.fromEntries(
          results.map((result) => [`${result.src}-${result.tgt}/first_sound`, firstSounds(result.trials)]),
        ),
        table: toTable(results),
        charts: await drawCharts(results),
        details: { results: results.map(({ exchange: _, ...result }) => result), server },
      }
    })
  },
})
