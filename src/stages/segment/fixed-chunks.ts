import { joinSamples } from '../../pipeline/join-samples.ts'
import { endMs, type Block } from './blocks.ts'
import type { SegmenterEvent } from './segmenter.ts'

/** Cuts the stream into pieces of a fixed length, for channels without a voice detector. */
export class FixedChunks {
  readonly #chunkMs: number
  #blocks: Block[] = []

  constructor(chunkMs: number) {
    this.#chunkMs = chunkMs
  }

  push(block: Block): SegmenterEvent[] {
    const events: SegmenterEvent[] = []
    if (this.#blocks.length === 0) events.push({ type: 'begin', startMs: block.startMs })
    this.#blocks.push(block)
    const startMs = this.#blocks[0]?.startMs ?? 0
    return endMs(block) - startMs >= this.#chunkMs ? [...events, ...this.finish()] : events
  }

  finish(): SegmenterEvent[] {
    const first = this.#blocks[0]
    const last = this.#blocks.at(-1)
    if (!first || !last) return []
    const samples = joinSamples(this.#blocks.map(({ samples }) => samples))
    this.#blocks = []
    return [
      { type: 'end', samples, startMs: first.startMs, endMs: endMs(last), speechEndedAt: last.arrivedAt },
    ]
  }
}
