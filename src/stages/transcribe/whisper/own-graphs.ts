/** The graphs that the import of a CTranslate2 model writes. */
import { join } from 'node:path'
import { type InferenceSession, Tensor } from 'onnxruntime-node'
import { truncatePositions } from '../../../models/optimum/cache-tensors.ts'
import { type SessionOptions, createSession } from '../../../models/session.ts'
import { type Decoding, type WhisperGraphs, splitRows } from './graphs.ts'
import { type WhisperShape } from './model-description.ts'

type Tensors = Record<string, Tensor>

export class OwnGraphs implements WhisperGraphs {
  readonly hasFixedContext = false
  readonly #encoder: InferenceSession
  readonly #decoder: InferenceSession
  readonly #shape: WhisperShape

  static async load(modelDir: string, shape: WhisperShape, session: SessionOptions): Promise<OwnGraphs> {
    const encoder = await createSession(join(modelDir, 'encoder.onnx'), session)
    const decoder = await createSession(join(modelDir, 'decoder.onnx'), session)
    return new OwnGraphs(encoder, decoder, shape)
  }

  private constructor(encoder: InferenceSession, decoder: InferenceSession, shape: WhisperShape) {
    this.#encoder = encoder
    this.#decoder = decoder
    this.#shape = shape
  }

  async encode(mel: Tensor): Promise<Decoding> {
    return new OwnDecoding(this.#decoder, await this.#encoder.run({ mel }), this.#shape)
  }

  async release(): Promise<void> {
    await Promise.all([this.#encoder.release(), this.#decoder.release()])
  }
}

class OwnDecoding implements Decoding {
  length = 0
  readonly #session: InferenceSession
  /** Keys and values of the audio. */
  readonly #audio: Tensors
  readonly #vocabularySize: number
  readonly #cacheNames: readonly (readonly [past: string, present: string])[]
  #cache: Tensors

  constructor(session: InferenceSession, audio: Tensors, shape: WhisperShape) {
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
    return splitRows(outputs['logits']?.data as Float32Array, this.#vocabularySize)
  }

  truncate(length: number): void {
    if (length >= this.length) return
    this.#cache = Object.fromEntries(
      Object.entries(this.#cache).map(([name, tensor]) => [name, truncatePositions(tensor, length)]),
    )
    this.length = length
  }
}
