/** What the recogniser needs of a model's ONNX graphs, whoever wrote them. */
import { type Tensor } from 'onnxruntime-node'

export interface WhisperGraphs {
  /**
   * Whether the encoder takes its whole context only: then each request costs as much as the longest, and audio is
   * filled up with silence.
   */
  readonly hasFixedContext: boolean
  /**
   * Encodes audio and starts a decoding of it.
   * @param mel float32 [1, melBins, frames], frames even
   */
  encode(mel: Tensor): Promise<Decoding>
  release(): Promise<void>
}

/** The tokens read so far (as the KV cache) over one stretch of encoded audio. */
export interface Decoding {
  /** Tokens read so far. */
  readonly length: number
  /**
   * Reads tokens, at least one, after those already read.
   * @param firstRow index of one of them, the last when left out
   * @returns the logits after each of `tokens` from `firstRow` on; the caller may change them
   */
  read(tokens: readonly number[], firstRow?: number): Promise<Float32Array[]>
  /** Forgets the tokens from the position `length` on; at least one stays. */
  truncate(length: number): void
}

/** @param logits row-major [rows, vocabularySize] */
export function splitRows(logits: Float32Array, vocabularySize: number, firstRow = 0): Float32Array[] {
  return Array.from({ length: logits.length / vocabularySize - firstRow }, (_, row) => {
    const start = (firstRow + row) * vocabularySize
    return logits.subarray(start, start + vocabularySize)
  })
}
