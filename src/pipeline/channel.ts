/**
 * One speaker's audio on its way to captions and speech in another language:
 *
 *     push -> frames -> segment -> transcribe -> translate -> speak -> events
 *
 * Between two stages stands a bounded read-ahead, so the next utterance is recognised while the last one is spoken.
 * When the reader of `events` is slow, the stages stall one after the other, from the last to the first, and then
 * microphone audio is given up: the oldest quiet frames first, then the oldest. An `overrun` event tells how much.
 *
 * Captions leave in the order of the utterances, and so does speech; captions do not wait for the speech of earlier
 * utterances.
 */
import { pipe } from 'it-pipe'
import type { BaseLogger } from 'pino'
import { toVoxbridgeError, VoxbridgeError } from '../errors.ts'
import { idleLoad } from '../models/load.ts'
import { createSegmentStage, defaultSegmentOptions, type SegmentOptions } from '../stages/segment/index.ts'
import type { VoiceDetector } from '../stages/segment/silero.ts'
import type { TurnDetector } from '../stages/segment/turn-detector.ts'
import { createSpeakStage } from '../stages/speak/index.ts'
import type { Synthesizer } from '../stages/speak/synthesizer.ts'
import { createTranscribeStage } from '../stages/transcribe/index.ts'
import type { Recognizer } from '../stages/transcribe/recognizer.ts'
import { createTranslateStage } from '../stages/translate/index.ts'
import type { Translator } from '../stages/translate/translator.ts'
import type { Speculation } from './attempt.ts'
import { BoundedQueue } from './bounded-queue.ts'
import { type ChannelStats, ChannelMeter, chunkMs } from './channel-meter.ts'
import { frameMs, giveUpFrames } from './frame-overflow.ts'
import { overtake } from './overtake.ts'
import { readAhead } from './read-ahead.ts'
import type {
  AudioFrame,
  ChannelSettings,
  Control,
  Event,
  Input,
  Overrun,
  Sayable,
  SegmentItem,
  TextItem,
  TranslatedItem,
} from './stage.ts'

export type { ChannelStats } from './channel-meter.ts'

export interface ChannelEngines {
  readonly recognizer: Recognizer
  /** Undefined: only the text tells whether a sentence is finished. */
  readonly turnDetector: TurnDetector | undefined
  readonly translator: Translator
  readonly synthesizers: readonly Synthesizer[]
}

export interface ChannelLimits {
  /** Microphone audio that may wait for the voice detector; beyond it, quiet audio is given up first. */
  readonly maxQueueMs: number
  /** Flush, configure and speak messages that may wait; beyond it `control` refuses. */
  readonly maxControls: number
  /** Utterances that may wait for the recogniser (MAX_QUEUE). */
  readonly maxUtterances: number
  /** Captions and sentences that may wait between two stages behind the recogniser. */
  readonly maxTextItems: number
  /** Translated speech that may wait for the reader of `events`. */
  readonly maxOutputMs: number
}

export const defaultChannelLimits: ChannelLimits = {
  maxQueueMs: 10_000,
  maxControls: 64,
  maxUtterances: 4,
  maxTextItems: 16,
  maxOutputMs: 10_000,
}

/** Told of what a channel does ahead of time. */
export interface ChannelObserver {
  /** Work that was done ahead turned out to be wanted, or not. */
  speculated(speculation: Speculation, won: boolean): void
  /** A passage is translated while its speaker goes on. */
  translatesEarly(): void
}

export interface ChannelOptions {
  /** Tells this channel from others in the engines' schedulers. */
  readonly id: string
  readonly settings: ChannelSettings
  readonly engines: ChannelEngines
  /** The detector that all channels share; undefined cuts the audio into pieces of a fixed length. */
  readonly vad: VoiceDetector | undefined
  /** Time from one partial transcript to the next, at this moment; infinite for none. */
  readonly partialStepMs?: () => number
  readonly segment?: Partial<SegmentOptions>
  readonly observer?: ChannelObserver
  readonly limits?: Partial<ChannelLimits>
  readonly log: Pick<BaseLogger, 'debug' | 'info' | 'warn' | 'error'>
  readonly signal?: AbortSignal
}

export interface Channel {
  /** Ends after `end`, after `abort`, or after an `error` event that names what ended it. Can be read once. */
  readonly events: AsyncIterable<Event>
  /** Audio that was accepted and not yet recognised. */
  readonly backlogMs: number
  readonly stats: ChannelStats
  /**
   * Takes microphone audio; never waits and never throws. After `end` or `abort` it does nothing.
   * @param samples mono, 16 kHz, -1 to 1; the channel keeps it.
   * @param arrivedAt `performance.now()` when its last byte reached the process.
   */
  push(samples: Float32Array, arrivedAt: number): void
  /**
   * After `end` or `abort` it does nothing.
   * @throws VoxbridgeError ERR_QUEUE_FULL where `maxControls` are waiting already.
   */
  control(control: Control): void
  /** No more input comes: what is in flight is finished, then `events` ends. */
  end(): void
  /** Gives up what is in flight; `events` ends without an error once everything is released. */
  abort(reason?: unknown): void
}

/** `speech-start`, `speech-end`, one hearing and one guess at a time, and the utterance itself. */
const itemsPerUtterance = 5

/**
 * @throws VoxbridgeError ERR_CONFIG where the engines do not fit together.
 * @example
 * const channel = createChannel({ settings, engines, vad, log })
 * socket.onFrame((samples) => channel.push(samples, performance.now()))
 * for await (const event of channel.events) await send(event)
 */
export function createChannel(options: ChannelOptions): Channel {
  const { id: channel, settings, engines, vad, log, observer } = options
  const { partialStepMs = () => idleLoad.partialStepMs } = options
  const { recognizer, turnDetector, translator, synthesizers } = engines
  const limits = { ...defaultChannelLimits, ...options.limits }
  const controller = new AbortController()
  const { signal } = controller
  const meter = new ChannelMeter(log, observer)
  let closed = false

  const queue = new BoundedQueue<Input | Overrun>({
    capacity: limits.maxQueueMs,
    weigh: (item) => (item.type === 'frame' ? frameMs(item) : 0),
    overflow: (waiting, excess) => giveUpFrames(waiting.filter(isFrame), excess),
    report: (droppedMs, reason) => ({ type: 'overrun', droppedMs, reason }),
    maxWeightless: limits.maxControls,
    signal,
  })

  const segment = {
    ...options.segment,
    maxUtteranceMs: Math.min(
      options.segment?.maxUtteranceMs ?? defaultSegmentOptions.maxUtteranceMs,
      recognizer.info.maxSeconds * 1000,
    ),
  }
  const textAhead = { capacity: limits.maxTextItems, signal }
  const items = pipe(
    queue,
    createSegmentStage({
      settings,
      vad,
      turnDetector,
      channel,
      partialStepMs,
      segment,
      onSpeculation: (speculation, won) => observer?.speculated(speculation, won),
    }),
    meter.segmented,
    readAhead<SegmentItem>({ capacity: limits.maxUtterances * itemsPerUtterance, signal }),
    createTranscribeStage({ recognizer, routes: translator.info.routes, channel, signal }),
    meter.recognised,
    readAhead<TextItem>(textAhead),
    createTranslateStage({ translator, channel, signal }),
    overtake<TranslatedItem, Sayable, Event, Event>({
      stage: createSpeakStage({ synthesizers, channel, signal }),
      takes: isSayable,
      passes: isEvent,
      capacity: limits.maxTextItems,
      output: { capacity: limits.maxOutputMs, weigh: outputWeight },
      signal,
    }),
    meter.sent,
  )

  async function* run(): AsyncGenerator<Event> {
    const onAbort = () => controller.abort(options.signal?.reason)
    options.signal?.addEventListener('abort', onAbort)
    if (options.signal?.aborted) onAbort()
    try {
      yield* items
    } catch (error) {
      if (signal.aborted) return
      const { code, message, retryable } = toVoxbridgeError(error)
      log.error({ err: error }, 'the channel ended because of an error')
      yield { type: 'error', code, message, retryable }
    } finally {
      options.signal?.removeEventListener('abort', onAbort)
      closed = true
      controller.abort()
    }
  }

  return {
    events: {
      [Symbol.asyncIterator]: () => {
        const events = run()
        return {
          next: () => events.next(),
          return: () => {
            // The stages wait for one another; without this they would go on waiting for audio.
            controller.abort()
            return events.return(undefined)
          },
        }
      },
    },
    get stats() {
      return meter.stats
    },
    get backlogMs() {
      return queue.weight + meter.unrecognisedMs
    },
    push(samples, arrivedAt) {
      if (closed) return
      queue.push({ type: 'frame', samples, startMs: meter.stats.audioMs, arrivedAt })
      meter.received(samples)
    },
    control(control) {
      if (closed || queue.push(control)) return
      const message = `${limits.maxControls} messages are waiting; send the next when some are answered`
      throw new VoxbridgeError('ERR_QUEUE_FULL', message)
    },
    end() {
      closed = true
      queue.end()
    },
    abort(reason) {
      closed = true
      controller.abort(reason)
    },
  }
}

function isFrame(item: Input | Overrun): item is AudioFrame {
  return item.type === 'frame'
}

function isSayable(item: TranslatedItem): item is Sayable {
  return item.type === 'translation' || item.type === 'announcement' || item.type === 'rehearsal'
}

function isEvent(item: TranslatedItem): item is Event {
  return item.type !== 'announcement' && item.type !== 'rehearsal'
}

/** Events without audio count as a millisecond, so that they are bounded too. */
function outputWeight(event: Event): number {
  return event.type === 'audio-chunk' ? chunkMs(event) : 1
}
