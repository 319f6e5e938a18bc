/** A Whisper model: what it hears audio with, and what is known about it. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Tensor } from 'onnxruntime-node'
import { type SessionOptions } from '../../../models/session.ts'
import { LogMel } from './features.ts'
import { type Decoding, type WhisperGraphs } from './graphs.ts'
import { type WhisperDescription, readDescription } from './model-description.ts'
import { OptimumGraphs } from './optimum-graphs.ts'
import { OwnGraphs } from './own-graphs.ts'
import { Vocabulary } from './vocabulary.ts'

export class WhisperModel {
  readonly description: WhisperDescription
  readonly vocabulary: Vocabulary
  readonly #logMel: LogMel
  readonly #graphs: WhisperGraphs

  static async load(modelDir: string, session: SessionOptions): Promise<WhisperModel> {
    const description = await readDescription(modelDir)
    const vocabulary = new Vocabulary(await readFile(join(modelDir, 'tokens.bin')))
    const logMel = await LogMel.create(description.shape.melBins, session.threads)
    const graphs =
      description.graphs === 'optimum'
        ? await OptimumGraphs.load(modelDir, session)
        : await OwnGraphs.load(modelDir, description.shape, session)
    return new WhisperModel(description, vocabulary, logMel, graphs)
  }

  private constructor(
    description: WhisperDescription,
    vocabulary: Vocabulary,
    logMel: LogMel,
    graphs: WhisperGraphs,
  ) {
    this.description = description
    this.vocabulary = vocabulary
    this.#logMel = logMel
    this.#graphs = graphs
  }

  /** Whether each request costs as much as one that fills the audio context. */
  get hasFixedContext(): boolean {
    return this.#graphs.hasFixedContext
  }

  /**
   * Features of the samples, followed by silence up to `paddedSamples`.
   * @param paddedSamples a multiple of 320, at most the audio context, and that where it is fixed
   */
  async features(samples: Float32Array, paddedSamples: number): Promise<Tensor> {
    return this.#logMel.compute(samples, paddedSamples)
  }

  /** Encodes the audio and starts a decoding of it. */
  async encode(mel: Tensor): Promise<Decoding> {
    return this.#graphs.encode(mel)
  }

  async release(): Promise<void> {
    await Promise.all([this.#logMel.release(), this.#graphs.release()])
  }
}
