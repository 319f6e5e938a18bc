/** Our server beside the cascade in Python: the same clips, said in real time by the same microphone. */
import { toPcm16 } from '../../src/transport/pcm.ts'
import { collectSegments, findAnswer, matchSegments, type Segment } from '../answers.ts'
import { findSpeech } from '../audible.ts'
import { Conversation } from '../conversation.ts'
import { Listener } from '../listener.ts'
import { type BleuCounts, countBleu } from '../scores/bleu.ts'
import type { ServerApi } from '../server-api.ts'
import { readServerUsage } from '../server-usage.ts'
import { type Direction, nameDirection } from '../setting.ts'
import { median, quantile } from '../statistics.ts'
import { countWordErrors, type WordErrors } from '../word-error-rate.ts'
import { Cascade, type CascadeOptions, cascadeRateHz, type CascadeSettings } from './cascade.ts'
import type { TranslatedClip } from './clips.ts'
import { type Compared, compareAll, type Measure } from './comparison.ts'
import { contend, type ContestOptions, cpuSeconds } from './contest.ts'
import { wordErrorRate } from './recognition.ts'
import { bleuScore } from './translation.ts'
import type { Contestant } from './turns.ts'

interface Answered {
  /** From the annotated end of the speech; undefined where nothing was to be heard after it. */
  readonly firstSoundMs: number | undefined
  /** From the first sample to the end of the answer. */
  readonly cpuMs: number
  readonly words: WordErrors
  readonly bleu: BleuCounts | undefined
}

const firstSound = { unit: 'ms', better: 'lower', digits: 0 } as const

const firstSounds = (items: readonly Answered[]): number[] =>
  items.flatMap(({ firstSoundMs }) => firstSoundMs ?? [])

const measures: readonly Measure<Answered>[] = [
  { ...firstSound, name: 'first sound, P50', key: 'first_sound_p50', of: (all) => median(firstSounds(all)) },
  {
    ...firstSound,
    name: 'first sound, P95',
    key: 'first_sound_p95',
    of: (all) => quantile(firstSounds(all), 0.95),
  },
  {
    ...{ name: 'clips without sound', key: 'without_sound', unit: '', better: 'lower', digits: 0 },
    of: (all) => all.length - firstSounds(all).length,
  },
  cpuSeconds,
  wordErrorRate,
  bleuScore,
]

export interface ConversationOptions extends ContestOptions, Direction {
  readonly clips: readonly TranslatedClip[]
  /** Ours; it is asked by the socket, as anybody would. */
  readonly api: ServerApi
  /** What ours waits for at least, and at most, before it takes an utterance for ended. */
  readonly pausesMs: readonly [early: number, late: number]
  readonly cascade: Omit<CascadeOptions, 'threads' | 'direction'> | undefined
}

export async function compareConversations(options: ConversationOptions): Promise<Compared[]> {
  const { src, tgt, clips, api, pausesMs, cascade: files, threads, signal } = options
  const cascade = files && new Cascade({ ...files, direction: `${src}-${tgt}`, threads })
  const [early, late] = pausesMs
  const ours: Contestant<TranslatedClip, Answered> = {
    name: `voxbridge (pause ${early} to ${late} ms)`,
    work: (clip) => askServer(api, clip, { src, tgt, signal }),
  }
  const settings = [
    { beam: 5, pauseMs: 500 },
    { beam: 1, pauseMs: early },
  ]
  const peers = cascade
    ? settings.map((each): Contestant<TranslatedClip, Answered> => ({
        name: `Python cascade (beam ${each.beam}, pause ${each.pauseMs} ms)`,
        work: (clip) => askCascade(cascade, clip, { ...each, src, signal }),
      }))
    : []
  try {
    const runs = await contend(clips, ours, peers, { ...options, unit: 'clips' })
    const task = `Conversation, ${nameDirection({ src, tgt })}`
    return compareAll({ task, key: `conversation/${src}-${tgt}`, unit: 'clips', measures, ...runs })
  } finally {
    await cascade?.close()
  }
}

async function askServer(
  api: ServerApi,
  clip: TranslatedClip,
  { src, tgt, signal }: Direction & { readonly signal: AbortSignal },
): Promise<Answered> {
  const recording = { pcm: toPcm16(clip.samples), sampleRate: cascadeRateHz }
  const before = await readServerUsage(api)
  // A channel for each clip: one that stays open would go on hearing silence while the other one is measured.
  const conversation = await Conversation.open(api.url, { src, tgt, sampleRate: cascadeRateHz, signal })
  const listener = Listener.to(conversation.client)
  const { said, transcript, translation } = await conversation.say(recording)
  await conversation.close()
  const after = await readServerUsage(api)
  const segments = collectSegments(conversation.client, listener)
  return judge(clip, {
    ...{ transcript, translation, src, startedAt: said.startedAt, startMs: said.startMs, segments },
    cpuMs: 1000 * (after.cpuSeconds - before.cpuSeconds),
  })
}

async function askCascade(
  cascade: Cascade,
  clip: TranslatedClip,
  { src, signal, ...settings }: CascadeSettings & { readonly src: string; readonly signal: AbortSignal },
): Promise<Answered> {
  const recording = { pcm: toPcm16(clip.samples), sampleRate: cascadeRateHz }
  const answer = await cascade.say(recording, settings, { signal })
  return judge(clip, { ...answer, src, startMs: 0 })
}

interface Exchanged {
  readonly src: string
  readonly transcript: string
  readonly translation: string
  readonly startedAt: number
  readonly startMs: number
  readonly segments: readonly Segment[]
  readonly cpuMs: number
}

function judge(clip: TranslatedClip, exchanged: Exchanged): Answered {
  const { src, transcript, translation, startedAt, startMs, segments, cpuMs } = exchanged
  const speech = findSpeech({ pcm: toPcm16(clip.samples), sampleRate: cascadeRateHz })
  const utterance = {
    name: clip.file,
    startMs,
    speechMs: speech.endMs - speech.startMs,
    endedAt: startedAt + speech.endMs,
  }
  const [answering = []] = matchSegments([utterance], segments)
  return {
    firstSoundMs: findAnswer(utterance, answering)?.firstSoundMs,
    cpuMs,
    words: countWordErrors(clip.text, transcript, src),
    bleu: clip.reference === undefined ? undefined : countBleu(translation, clip.reference),
  }
}
