/** The graphs that optimum exports, as the repositories for transformers.js have them. */
import { join } from 'node:path'
import { type InferenceSession, Tensor } from 'onnxruntime-node'
import { encodeFloat16 } from '../../../models/onnx/float16.ts'
import { optimumFile } from '../../../models/optimum/layout.ts'
import { MergedDecoder, type MergedDecoding } from '../../../models/optimum/merged-decoder.ts'
import { type SessionOptions, createSession } from '../../../models/session.ts'
import { type Decoding, type WhisperGraphs, splitRows } from './graphs.ts'

const featuresName = 'input_features'

export class OptimumGraphs implements WhisperGraphs {
  readonly hasFixedContext = true
  readonly #encoder: InferenceSession
  readonly #decoder: MergedDecoder

  static async load(modelDir: string, session: SessionOptions): Promise<OptimumGraphs> {
    const encoder = await createSession(join(modelDir, optimumFile.encoder), session)
    const decoder = await MergedDecoder.load(join(modelDir, optimumFile.decoder), session)
    return new OptimumGraphs(encoder, decoder)
  }

  private constructor(encoder: InferenceSession, decoder: MergedDecoder) {
    this.#encoder = encoder
    this.#decoder = decoder
  }

  async encode(mel: Tensor): Promise<Decoding> {
    const { last_hidden_state: hiddenStates } = await this.#encoder.run({
      [featuresName]: this.#asInput(mel),
    })
    return new OptimumDecoding(this.#decoder, hiddenStates as Tensor)
  }

  async release(): Promise<void> {
    await Promise.all([this.#encoder.release(), this.#decoder.release()])
  }

  /** In half precision where the encoder was exported so. */
  #asInput(mel: Tensor): Tensor {
    const input = this.#encoder.inputMetadata.find(({ name }) => name === featuresName)
    if (input?.isTensor !== true || input.type !== 'float16') return mel
    return new Tensor('float16', encodeFloat16(mel.data as Float32Array), mel.dims)
  }
}

class OptimumDecoding implements Decoding {
  readonly #decoder: MergedDecoder
  readonly #hiddenStates: Tensor
  #decoding: MergedDecoding
  #tokens: readonly number[] = []

  constructor(decoder: MergedDecoder, hiddenStates: Tensor) {
    this.#decoder = decoder
    this.#hiddenStates = hiddenStates
    this.#decoding = decoder.start({ hiddenStates })
  }

  get length(): number {
    return this.#tokens.length
  }

  /**
   * Several tokens at once are read from the start again: only the branch without a cache surely hides each token from
   * those before it. The other one is exported with one token, and by older versions has no mask.
   */
  async read(tokens: readonly number[], firstRow = tokens.length - 1): Promise<Float32Array[]> {
    const goesOn = tokens.length === 1 || this.length === 0
    if (!goesOn) this.#decoding = this.#decoder.start({ hiddenStates: this.#hiddenStates })
    const all = [...this.#tokens, ...tokens]
    const logits = await this.#decoding.read([goesOn ? tokens : all])
    const { vocabularySize } = this.#decoder
    const readAgain = goesOn ? 0 : this.length
    this.#tokens = all
    return splitRows(logits.data as Float32Array, vocabularySize, readAgain + firstRow)
  }

  truncate(length: number): void {
    if (length >= this.length) return
    this.#decoding.truncate(length)
    this.#tokens = this.#tokens.slice(0, length)
  }
}
