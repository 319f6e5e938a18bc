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
import { findFirstAudibleAt, findSpeechEndMs } from './audible.ts'
import type { Conversation } from './conversation.ts'
import { openSetting } from './setting.ts'
import type { SpokenInput } from './spoken-inputs.ts'
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

const { src, tgt, trials: count, inputs, jsonPath, api, conversation } = await openSetting(40)
const trials: Trial[] = []
for (let index = 0; index < count; index++) {
  const trial = await measure(conversation, inputs[index % inputs.length] ?? inputs[0])
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
if (jsonPath !== undefined) {
  await writeFile(jsonPath, JSON.stringify({ src, tgt, summary, metrics, trials }, null, 2) + '\n')
}
