/**
 * From the end of speech to the first sound of its translation, as a listener at the other end of the socket has it.
 *
 * One speaker talks into an open channel in real time. Speech ends where the energy of the clip says so; the first
 * sound is the first sample above -50 dBFS, at the moment a page would play it. The split by stage is the server's own
 * (`latency` messages); it counts from the end of speech that its voice detector found.
 *
 * usage: npm run bench:latency -- --src en --tgt pt [--trials 40] [--data DIR] [--url URL] [--json FILE]
 *        Without --data, sentences of bench/sentences are said by the server's own voice.
 */
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { readConfig } from '../src/config.ts'
import { findFirstAudibleAt, findSpeechEndMs } from './audible.ts'
import { Conversation } from './conversation.ts'
import { ServerApi } from './server-api.ts'
import { readRecordings, speakSentences, type SpokenInput } from './spoken-inputs.ts'
import { quantile } from './statistics.ts'

interface Trial {
  readonly name: string
  readonly transcript: string
  readonly translation: string
  /** Undefined where nothing audible came back. */
  readonly firstSoundMs: number | undefined
  readonly stages: Readonly<Record<StageName, number>> | undefined
  readonly errors: readonly string[]
}

const stageNames = ['endpointMs', 'asrMs', 'mtMs', 'ttsMs', 'queueMs', 'firstAudioMs'] as const
type StageName = (typeof stageNames)[number]

async function measure(conversation: Conversation, { name, recording }: SpokenInput): Promise<Trial> {
  const answer = await conversation.say(recording)
  const { said, segments, transcript, translation, errors } = answer
  // A clip with a pause in it makes several segments; its end is answered by the last.
  const last = segments.at(-1)
  const firstSoundAt = findFirstAudibleAt(answer.clauses.filter(({ segment }) => segment === last))
  const latency = answer.latencies.find(({ segment }) => segment === last)
  return {
    name,
    transcript,
    translation,
    firstSoundMs: firstSoundAt && firstSoundAt - said.startedAt - findSpeechEndMs(recording),
    stages: latency && {
      endpointMs: latency.endpointMs,
      asrMs: latency.asrMs,
      mtMs: latency.mtMs,
      ttsMs: latency.ttsMs,
      queueMs: latency.queueMs,
      firstAudioMs: latency.firstAudioMs,
    },
    errors,
  }
}

function summarize(trials: readonly Trial[]): Record<string, { p50: number; p95: number; max: number }> {
  const columns: [string, number[]][] = [
    ['firstSoundMs', trials.flatMap(({ firstSoundMs }) => firstSoundMs ?? [])],
    ...stageNames.map((name): [string, number[]] => [
      name,
      trials.flatMap(({ stages }) => stages?.[name] ?? []),
    ]),
  ]
  const round = Math.round
  return Object.fromEntries(
    columns.map(([name, values]) => [
      name,
      {
        p50: round(quantile(values, 0.5)),
        p95: round(quantile(values, 0.95)),
        max: round(Math.max(...values)),
      },
    ]),
  )
}

const { values: options } = parseArgs({
  options: {
    src: { type: 'string', default: 'en' },
    tgt: { type: 'string', default: 'pt' },
    trials: { type: 'string', default: '40' },
    data: { type: 'string' },
    url: { type: 'string', default: `http://127.0.0.1:${readConfig().port}/` },
    json: { type: 'string' },
  },
})
const { src, tgt, data } = options
const count = Number(options.trials)
const api = new ServerApi(new URL(options.url))
const inputs = data === undefined ? await speakSentences(api, src, count) : await readRecordings(data, count)
const [first] = inputs
if (!first) throw new Error('there is nothing to say: the folder or the sentences are empty')

const { signal } = new AbortController()
const conversation = await Conversation.open(api.url, {
  src,
  tgt,
  sampleRate: first.recording.sampleRate,
  signal,
})
const trials: Trial[] = []
for (let index = 0; index < count; index++) {
  const trial = await measure(conversation, inputs[index % inputs.length] ?? first)
  trials.push(trial)
  const sound = trial.firstSoundMs === undefined ? 'no sound' : `${Math.round(trial.firstSoundMs)} ms`
  console.log(
    `${index + 1}/${count}\t${sound}\t${trial.transcript}\t${trial.translation}\t${trial.errors.join('; ')}`,
  )
}
await conversation.close()

const summary = summarize(trials)
const metrics = Object.fromEntries(
  [...(await api.metrics())].filter(([name]) => /event_loop|eventloop|resident_memory/.test(name)),
)
console.log(
  `\n${src} to ${tgt}, ${trials.length} trials, ${trials.filter((t) => t.firstSoundMs === undefined).length} without sound`,
)
console.table(summary)
console.table(metrics)
if (options.json !== undefined) {
  await writeFile(options.json, JSON.stringify({ src, tgt, summary, metrics, trials }, null, 2) + '\n')
}
