import { VoxbridgeError } from '../../errors.ts'
import { toFailure } from '../../pipeline/failure.ts'
import type {
  Announcement,
  Event,
  Failure,
  Rehearsal,
  Sayable,
  Stage,
  Translation,
} from '../../pipeline/stage.ts'
import type { SegmentTiming } from '../../pipeline/timing.ts'
import { chooseVoice, type ChosenVoice, speakWith } from './choose-voice.ts'
import { splitClauses } from './clauses.ts'
import { type Pace, paceFor, Playback } from './pace.ts'
import { outputRateHz, toPcmPieces } from './pcm.ts'
import { RehearsedSpeech } from './rehearsed-speech.ts'
import type { SpeechChunk, Synthesizer } from './synthesizer.ts'

export { outputRateHz } from './pcm.ts'

export interface SpeakStageOptions {
  readonly synthesizers: readonly Synthesizer[]
  /** Whose requests these are, for the synthesisers' schedulers. */
  readonly channel: string
  readonly signal: AbortSignal
}

/** One `audio-start` to `audio-end`. */
interface Spoken {
  readonly item: Translation | Announcement
  readonly chosen: ChosenVoice
  /** Given by the client, or undefined for the next one. */
  readonly sequence: number | undefined
  readonly final: boolean
  /** The text that clients see with it. */
  readonly text: string
  /** The pieces that are synthesised one by one. */
  readonly clauses: readonly string[]
}

/**
 * Speaks translations clause by clause, each as audio of its own, and announcements as one audio each. With audio
 * turned off, or in a language without a voice, a translation is not spoken. Where a voice fails, the language's next
 * one speaks. Where the listener falls behind, what is
 * said next is said faster and with shorter pauses. A rehearsed text has its first clause made and remembered.
 * @throws VoxbridgeError ERR_CONFIG where a synthesizer has another rate than clients get.
 */
export function createSpeakStage({
  synthesizers,
  channel,
  signal,
}: SpeakStageOptions): Stage<Sayable, Event> {
  const mismatch = synthesizers.find(({ info }) => info.sampleRate !== outputRateHz)
  if (mismatch) {
    const { voices, sampleRate } = mismatch.info
    const message = `voice ${voices[0]?.id} speaks at ${sampleRate} Hz; voices must speak at ${outputRateHz} Hz`
    throw new VoxbridgeError('ERR_CONFIG', message)
  }

  return async function* (source) {
    const mute = new Set<string>()
    const playback = new Playback()
    let nextSequence = 0
    let rehearsed: RehearsedSpeech | undefined
    /** The passage that is being spoken: its first audio is timed, and all of it has one pace. */
    let passage: { readonly timing: SegmentTiming; readonly pace: Pace; timed: boolean } | undefined

    const synthesize = (
      text: string,
      language: string,
      chosen: ChosenVoice,
      pace: Pace,
      signal: AbortSignal,
    ): AsyncIterable<SpeechChunk> => speakWith(chosen, { text, language, ...pace }, { signal, channel })

    const rehearse = ({ text, language, settings, speculation: { signal } }: Rehearsal): void => {
      rehearsed = undefined
      const chosen = settings.audio ? chooseVoice(synthesizers, language, settings.voice) : undefined
      const [first] = splitClauses(text, language)
      if (!chosen || first === undefined) return
      const chunks = synthesize(first, language, chosen, paceFor(playback.backlogMs, settings.speed), signal)
      rehearsed = new RehearsedSpeech(first, chosen, chunks, signal)
    }

    async function* pieces({ item, chosen, clauses }: Spoken): AsyncGenerator<Int16Array> {
      const { timing, language, settings } = item
      if (passage?.timing !== timing) {
        passage = { timing, pace: paceFor(playback.backlogMs, settings.speed), timed: false }
      }
      for (const text of clauses) {
        const requestedAt = performance.now()
        const ready = rehearsed?.of(text, chosen)
        rehearsed = undefined
        for await (const { samples } of ready ?? synthesize(text, language, chosen, passage.pace, signal)) {
          if (!passage.timed) timing.ttsMs += performance.now() - requestedAt
          passage.timed = true
          playback.add((samples.length / outputRateHz) * 1000)
          yield* toPcmPieces(samples)
        }
      }
    }

    async function* say(spoken: Spoken): AsyncGenerator<Event> {
      const { item, final, text } = spoken
      const sequence = spoken.sequence ?? nextSequence
      const { segment, language, timing } = item
      const about = { segment, sequence, timing }
      const start: Event = { type: 'audio-start', ...about, language, text, sampleRate: outputRateHz }
      let started = false
      let samples = 0
      let failure: Failure | undefined
      try {
        for await (const pcm of pieces(spoken)) {
          if (!started) yield start
          started = true
          samples += pcm.length
          yield { type: 'audio-chunk', ...about, pcm }
        }
      } catch (error) {
        failure = toFailure(error, segment, signal)
      }
      // The last audio of a segment is told even where nothing in it can be said, such as a lone dash.
      if (!started && final && !failure) {
        yield start
        started = true
      }
      if (started && spoken.sequence === undefined) nextSequence++
      if (started) yield { type: 'audio-end', ...about, durationMs: (samples / outputRateHz) * 1000, final }
      if (failure) yield failure
    }

    async function* translation(item: Translation): AsyncGenerator<Event> {
      const { language, settings, text } = item
      if (!settings.audio || text === '') return
      const chosen = chooseVoice(synthesizers, language, settings.voice)
      if (!chosen) {
        if (!mute.has(language)) yield noVoice(language)
        mute.add(language)
        return
      }
      const clauses = splitClauses(text, language)
      for (const [index, clause] of clauses.entries()) {
        const final = item.final && index === clauses.length - 1
        yield* say({ item, chosen, sequence: undefined, final, text: clause, clauses: [clause] })
      }
      if (clauses.length === 0 && item.final) {
        yield* say({ item, chosen, sequence: undefined, final: true, text, clauses })
      }
    }

    async function* announcement(item: Announcement): AsyncGenerator<Event> {
      const { segment, language, settings, text, final } = item
      const chosen = chooseVoice(synthesizers, language, settings.voice)
      if (!settings.audio) {
        const error = new VoxbridgeError(
          'ERR_BAD_REQUEST',
          'audio is turned off; turn it on to have a text said',
        )
        yield toFailure(error, segment, signal)
      } else if (!chosen) {
        yield { ...noVoice(language), segment }
      } else {
        yield* say({
          item,
          chosen,
          sequence: item.sequence,
          final,
          text,
          clauses: splitClauses(text, language),
        })
      }
    }

    const noVoice = (language: string): Failure => {
      const voices = synthesizers.flatMap(({ info }) => info.voices.map((voice) => voice.language))
      const spoken = [...new Set(voices)].join(', ') || 'none'
      const message = `no voice speaks "${language}", so its translations come as captions only; spoken are: ${spoken}`
      return { type: 'error', code: 'ERR_LANGUAGE', message, retryable: false }
    }

    for await (const item of source) {
      if (item.type === 'rehearsal') rehearse(item)
      else yield* item.type === 'translation' ? translation(item) : announcement(item)
    }
  }
}
