import type {
  Announcement,
  ChannelSettings,
  Configure,
  Event,
  Input,
  Overrun,
  SpeakText,
  SegmentItem,
  Stage,
  Utterance,
} from '../../pipeline/stage.ts'
import { createTiming } from '../../pipeline/timing.ts'
import { Reblocker } from './blocks.ts'
import { FixedChunks } from './fixed-chunks.ts'
import { defaultSegmentOptions, type SegmentOptions } from './options.ts'
import { Segmenter, type SegmenterEvent } from './segmenter.ts'
import type { VoiceDetector } from './silero.ts'

export { defaultSegmentOptions, type SegmentOptions } from './options.ts'

export interface SegmentStageOptions {
  /** Settings at the start; `configure` items change them. */
  readonly settings: ChannelSettings
  /** Undefined: pieces of `chunkMs` instead of utterances. */
  readonly vad: VoiceDetector | undefined
  readonly segment?: Partial<SegmentOptions>
}

/**
 * Turns frames into utterances and gives every segment its number: 1, 2, 3 … over the channel, texts to be said
 * included. An utterance in progress ends at `flush`, at a change of language, and where audio as long as a pause is
 * missing.
 *
 * @example pipe(frames, createSegmentStage({ settings, vad }), transcribe)
 */
export function createSegmentStage({
  settings: initial,
  vad,
  segment,
}: SegmentStageOptions): Stage<Input | Overrun, SegmentItem> {
  return async function* (source) {
    const options = { ...defaultSegmentOptions, ...segment }
    const segmenter = vad ? new Segmenter(vad.createStream(), options) : new FixedChunks(options.chunkMs)
    const reblocker = new Reblocker()
    let settings = initial
    let segments = 0
    let current = 0

    const toItems = (events: readonly SegmenterEvent[]): (Utterance | Event)[] =>
      events.flatMap((event): (Utterance | Event)[] => {
        if (event.type === 'begin') {
          current = ++segments
          return [{ type: 'speech-start', segment: current, startMs: event.startMs }]
        }
        const timing = createTiming(current, event.speechEndedAt, performance.now())
        const { samples, startMs, endMs } = event
        return [
          { type: 'speech-end', segment: current, endMs },
          { type: 'utterance', segment: current, samples, startMs, endMs, timing, settings },
        ]
      })

    const finish = async (): Promise<(Utterance | Event)[]> => {
      const events: SegmenterEvent[] = []
      for (const block of reblocker.rest()) events.push(...(await segmenter.push(block)))
      return toItems([...events, ...segmenter.finish()])
    }

    const announce = ({ text, language, sequence, final }: SpeakText): Announcement => {
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
        settings,
      }
    }

    for await (const item of source) {
      switch (item.type) {
        case 'frame':
          if (item.startMs - reblocker.endMs >= options.endSilenceMs) yield* await finish()
          for (const block of reblocker.push(item)) yield* toItems(await segmenter.push(block))
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
  }
}

function changesLanguage(settings: ChannelSettings, { settings: changes }: Configure): boolean {
  const { source, target } = { ...settings, ...changes }
  return source !== settings.source || target !== settings.target
}
