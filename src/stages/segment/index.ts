import { HearingAttempt, Speculation } from '../../pipeline/attempt.ts'
import type {
  Announcement,
  ChannelSettings,
  Configure,
  Input,
  Overrun,
  SpeakText,
  SegmentItem,
  Stage,
} from '../../pipeline/stage.ts'
import { createTiming } from '../../pipeline/timing.ts'
import { Reblocker } from './blocks.ts'
import { FixedChunks } from './fixed-chunks.ts'
import { defaultSegmentOptions, type SegmentOptions } from './options.ts'
import { patienceMs } from './patience.ts'
import { Segmenter, type SegmenterEvent, type SpeechSoFar } from './segmenter.ts'
import type { VoiceDetector } from './silero.ts'
import type { TurnDetector } from './turn-detector.ts'

export { defaultSegmentOptions, type SegmentOptions } from './options.ts'

export interface SegmentStageOptions {
  /** Settings at the start; `configure` items change them. */
  readonly settings: ChannelSettings
  /** Undefined: pieces of `chunkMs` instead of utterances. */
  readonly vad: VoiceDetector | undefined
  /** Undefined: only the text tells whether a sentence is finished. */
  readonly turnDetector: TurnDetector | undefined
  /** Whose requests these are, for the engines' schedulers. */
  readonly channel: string
  /** Time from one partial transcript to the next, at this moment; infinite for none. */
  readonly partialStepMs: () => number
  readonly segment?: Partial<SegmentOptions>
  /** Told when a guess is won or lost. */
  readonly onSpeculation?: (speculation: Speculation, won: boolean) => void
}

/**
 * Where nobody reads along, or there is no time for partial captions, speech is heard early only where somebody does
 * not stop to speak: his first sentences are translated meanwhile.
 */
const unread = { firstHearingMs: 4000, stepMs: 2000 }

/**
 * Turns frames into utterances and gives every segment its number: 1, 2, 3 … over the channel, texts to be said
 * included. While somebody speaks it hands on what was said so far now and then (`hearing`), and as soon as he pauses
 * what may be the whole (`guess`). The longer a pause lasts and the more finished the sentence is, the surer it is
 * the end. Where a sentence is found to end in running speech, the utterance ends there. An utterance in progress ends at once at `flush`, at a change of language, and where audio as long as a
 * pause is missing.
 *
 * @example pipe(frames, createSegmentStage({ settings, vad, turnDetector, channel, partialStepMs }), transcribe)
 */
export function createSegmentStage({
  settings: initial,
  vad,
  turnDetector,
  channel,
  partialStepMs,
  segment,
  onSpeculation,
}: SegmentStageOptions): Stage<Input | Overrun, SegmentItem> {
  return async function* (source) {
    const options = { ...defaultSegmentOptions, ...segment }
    const segmenter = vad ? new Segmenter(vad.createStream(), options) : new FixedChunks(options.chunkMs)
    const reblocker = new Reblocker()
    let settings = initial
    let segments = 0
    let current = 0
    let hearing: HearingAttempt | undefined
    let heardUntilMs = 0
    let speculation: Speculation | undefined

    const describe = ({ samples, startMs, endMs, speechEndedAt }: SpeechSoFar) => {
      const timing = createTiming(current, speechEndedAt, performance.now())
      return { segment: current, samples, startMs, endMs, timing, settings }
    }

    const lose = (): void => {
      if (!speculation) return
      speculation.abandon()
      onSpeculation?.(speculation, false)
      speculation = undefined
    }

    const guess = (speech: SpeechSoFar): SegmentItem => {
      hearing?.abandon()
      speculation = new Speculation()
      if (turnDetector) void askForTurn(turnDetector, speech.samples, speculation, channel)
      return { type: 'guess', ...describe(speech), speculation }
    }

    const toItems = (event: SegmenterEvent, endsSentence = false): SegmentItem[] => {
      switch (event.type) {
        case 'begin':
          current = ++segments
          // Less than a step of speech, without the pre-roll, is mostly heard wrong.
          heardUntilMs = event.startMs + options.preRollMs
          return [{ type: 'speech-start', segment: current, startMs: event.startMs }]
        case 'pause':
          return [guess(event)]
        case 'resume':
          lose()
          return []
        case 'end': {
          hearing?.abandon()
          hearing = undefined
          const won = speculation
          if (won) onSpeculation?.(won, true)
          speculation = undefined
          return [
            { type: 'speech-end', segment: current, endMs: event.endMs },
            { type: 'utterance', ...describe(event), speculation: won, endsSentence },
          ]
        }
      }
    }

    /** What was said so far, where it is time to hear it and the last time is over. */
    const listen = (): SegmentItem[] => {
      if (!(segmenter instanceof Segmenter) || !segmenter.speaking || hearing?.settled === false) return []
      const { startMs, endMs } = segmenter.span ?? { startMs: 0, endMs: 0 }
      const partialMs = settings.partials ? partialStepMs() : Infinity
      const partial = partialMs < Infinity
      if (!partial && endMs - startMs < unread.firstHearingMs) return []
      if (endMs - heardUntilMs < (partial ? partialMs : unread.stepMs)) return []
      const speech = segmenter.soFar()
      if (!speech) return []
      segmenter.keepTogether(heardUntilMs)
      heardUntilMs = endMs
      hearing = new HearingAttempt()
      return [{ type: 'hearing', ...describe(speech), partial, attempt: hearing }]
    }

    /** Ends the utterance where its pause is long enough for what is known of it by now. */
    const settle = (): SegmenterEvent[] => {
      if (!(segmenter instanceof Segmenter) || !speculation) return []
      return segmenter.silenceMs >= patienceMs(speculation, options) ? segmenter.confirm() : []
    }

    /** Ends the utterance where the last hearing has found the end of a sentence. */
    const split = (): SegmentItem[] => {
      const { sentenceEndMs } = hearing ?? {}
      if (!(segmenter instanceof Segmenter) || sentenceEndMs === undefined) return []
      hearing = undefined
      return segmenter.endAt(sentenceEndMs).flatMap((event) => toItems(event, true))
    }

    const finish = async (): Promise<SegmentItem[]> => {
      const events: SegmenterEvent[] = []
      for (const block of reblocker.rest()) events.push(...(await segmenter.push(block)))
      return [...events, ...segmenter.finish()].flatMap((event) => toItems(event))
    }

    const announce = ({ text, language, voice, speed, sequence, final }: SpeakText): Announcement => {
      const now = performance.now()
      const number = ++segments
      return {
        type: 'announcement',
        segment: number,
        text,
        language: language ?? settings.target,
        sequence,
        final: final ?? true,
        timing: createTiming(number, now, now),
        settings: {
          ...settings,
          ...(voice !== undefined && { voice }),
          ...(speed !== undefined && { speed }),
        },
      }
    }

    try {
      for await (const item of source) {
        switch (item.type) {
          case 'frame':
            if (item.startMs - reblocker.endMs >= options.endSilenceMs) yield* await finish()
            for (const block of reblocker.push(item)) {
              yield* (await segmenter.push(block)).flatMap((event) => toItems(event))
              yield* settle().flatMap((event) => toItems(event))
              yield* split()
              yield* listen()
            }
            break
          case 'flush':
            yield* await finish()
            break
          case 'configure':
            if (changesLanguage(settings, item)) yield* await finish()
            settings = { ...settings, ...item.settings }
            break
          case 'speak':
            yield announce(item)
            break
          case 'overrun':
            yield item
            break
        }
      }
      yield* await finish()
    } finally {
      hearing?.abandon()
      speculation?.abandon()
    }
  }
}

/** Without an answer the pause lasts longer, that is all. */
async function askForTurn(
  detector: TurnDetector,
  samples: Float32Array,
  speculation: Speculation,
  channel: string,
): Promise<void> {
  const recent = samples.slice(-detector.info.maxSeconds * 16_000)
  try {
    const { probability, modelMs } = await detector.judge(
      { samples: recent },
      { signal: speculation.signal, channel },
    )
    speculation.finished = probability
    speculation.workMs += modelMs
  } catch {
    return
  }
}

function changesLanguage(settings: ChannelSettings, { settings: changes }: Configure): boolean {
  const { source, target } = { ...settings, ...changes }
  return source !== settings.source || target !== settings.target
}
