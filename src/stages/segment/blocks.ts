import type { AudioFrame } from '../../pipeline/stage.ts'
import { blockSamples } from './silero.ts'

const samplesPerMs = 16

/** A stretch of audio that the detector judges as one. */
export interface Block {
  /** Its own copy; `blockSamples` long, less only where the stream was interrupted. */
  readonly samples: Float32Array
  /** Position of the first sample in the channel's audio. */
  readonly startMs: number
  /** When the frame that holds the last sample arrived, a reading of `performance.now()`. */
  readonly arrivedAt: number
}

export function endMs(block: Block): number {
  return block.startMs + block.samples.length / samplesPerMs
}

/** Cuts frames of any length into blocks of `blockSamples`. */
export class Reblocker {
  readonly #pending = new Float32Array(blockSamples)
  #length = 0
  #arrivedAt = 0
  #endMs = 0

  /** Where the audio seen so far ends. */
  get endMs(): number {
    return this.#endMs
  }

  *push({ samples, startMs, arrivedAt }: AudioFrame): Generator<Block> {
    for (let offset = 0; offset < samples.length;) {
      const part = samples.subarray(offset, offset + blockSamples - this.#length)
      this.#pending.set(part, this.#length)
      this.#length += part.length
      offset += part.length
      this.#arrivedAt = arrivedAt
      this.#endMs = startMs + offset / samplesPerMs
      if (this.#length === blockSamples) yield* this.rest()
    }
  }

  /** What does not fill a block, if there is any. */
  *rest(): Generator<Block> {
    if (this.#length === 0) return
    const samples = this.#pending.slice(0, this.#length)
    this.#length = 0
    yield { samples, startMs: this.#endMs - samples.length / samplesPerMs, arrivedAt: this.#arrivedAt }
  }
}
