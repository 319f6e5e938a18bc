/** Whisper's sessions and the state of one decoding. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type InferenceSession, Tensor } from 'onnxruntime-node'
import { type SessionOptions, createSession } from '../../../models/session.ts'
import { LogMel } from './features.ts'
import { type WhisperDescription, readDescription } from './model-description.ts'
import { Vocabulary } from './vocabulary.ts'

type Tensors = Record<string, Tensor>

export class WhisperModel {
  readonly description: WhisperDescription
  readonly vocabulary: Vocabulary
  readonly #logMel: LogMel
  readonly #encoder: InferenceSession
  readonly #decoder: InferenceSession

  static async load(modelDir: string, session: SessionOptions): Promise<WhisperModel> {
    const description = await readDescription(modelDir)
    const vocabulary = new Vocabulary(await readFile(join(modelDir, 'tokens.bin')))
    const logMel = await LogMel.create(description.shape.melBins, session.threads)
    const encoder = await createSession(join(modelDir, 'encoder.onnx'), session)
    const decoder = await createSession(join(modelDir, 'decoder.onnx'), session)
    return new WhisperModel(description, vocabulary, logMel, encoder, decoder)
  }

  private constructor(
    description: WhisperDescription,
    vocabulary: Vocabulary,
    logMel: LogMel,
    encoder: InferenceSession,
    decoder: InferenceSession,
  ) {
    this.description = description
    this.vocabulary = vocabulary
    this.#logMel = logMel
    this.#encoder = encoder
    this.#decoder = decoder
  }

  /**
   * Features of the samples, followed by silence up to `paddedSamples`.
   * @param paddedSamples a multiple of 320, at most 30 s
   */
  async features(samples: Float32Array, paddedSamples: number): Promise<Tensor> {
    return this.#logMel.compute(samples, paddedSamples)
  }

  /** Encodes the audio and starts a decoding of it. */
  async encode(mel: Tensor): Promise<Decoding> {
    const audio = await this.#encoder.run({ mel })
    return new Decoding(this.#decoder, audio, this.description)
  }

  async release(): Promise<void> {
    await Promise.all([this.#logMel.release(), this.#encoder.release(), this.#decoder.release()])
  }
}

/** The tokens read so far (as the KV cache) over one stretch of encoded audio. */
export class Decoding {
  /** Tokens read so far. */
  length = 0
  readonly #session: InferenceSession
  readonly #audio: Tensors
  readonly #vocabularySize: number
  readonly #cacheNames: readonly (readonly [past: string, present: string])[]
  #cache: Tensors

  constructor(session: InferenceSession, audio: Tensors, { shape }: WhisperDescription) {
    this.#session = session
    this.#audio = audio
    this.#vocabularySize = shape.vocabularySize
    const layers = Array.from({ length: shape.decoderLayers }, (_, layer) => layer)
    this.#cacheNames = layers.flatMap((layer) =>
      ['k', 'v'].map((kind) => [`past_${kind}_${layer}`, `present_${kind}_${layer}`] as const),
    )
    const empty = new Tensor('float32', new Float32Array(0), [1, shape.heads, 0, shape.headSize])
    this.#cache = Object.fromEntries(this.#cacheNames.map(([past]) => [past, empty]))
  }

  /**
   * Reads tokens after those already read.
   * @returns the logits after each of `tokens` from `firstRow` on; the caller may change them
   */
  async read(tokens: readonly number[], firstRow = tokens.length - 1): Promise<Float32Array[]> {
    const outputs = await this.#session.run({
      ...this.#audio,
      ...this.#cache,
      input_ids: new Tensor('int64', BigInt64Array.from(tokens, BigInt), [1, tokens.length]),
      first_row: new Tensor('int64', BigInt64Array.of(BigInt(firstRow)), [1]),
    })
    this.#cache = Object.fromEntries(
      this.#cacheNames.map(([past, present]) => [past, outputs[present] as Tensor]),
    )
    this.length += tokens.length
    const logits = outputs['logits']?.data as Float32Array
    return Array.from({ length: tokens.length - firstRow }, (_, row) =>
      logits.subarray(row * this.#vocabularySize, (row + 1) * this.#vocabularySize),
    )
  }

  /** Forgets the tokens from the position `length` on. */
  truncate(length: number): void {
    if (length >= this.length) return
    this.#cache = Object.fromEntries(
      Object.entries(this.#cache).map(([name, tensor]) => [name, firstPositions(tensor, length)]),
    )
    this.length = length
  }
}

/** @param tensor float32 [1, heads, positions, headSize] */
function firstPositions(tensor: Tensor, length: number): Tensor {
  const [, heads = 0, positions = 0, headSize = 0] = tensor.dims
  const data = tensor.data as Float32Array
  const kept = new Float32Array(heads * length * headSize)
  for (let head = 0; head < heads; head++) {
    const start = head * positions * headSize
    kept.set(data.subarray(start, start + length * headSize), head * length * headSize)
  }
  return new Tensor('float32', kept, [1, heads, length, headSize])
}
