/** HiFi-GAN (Kong et al. 2020, https://arxiv.org/abs/2010.05646), and whatever else turns frames into audio locally. */
import { type InferenceSession, Tensor } from 'onnxruntime-node'
import { VoxbridgeError } from '../../../errors.ts'
import type { RunOptions } from '../../../models/engine.ts'
import { type SessionOptions, createSession } from '../../../models/session.ts'
import { chunksOf } from './chunks.ts'
import { type Frames, type MelFormat, sliceFrames, transpose } from './frames.ts'
import { type MelPort, findAudioPort, findMelPort } from './ports.ts'

/** For error messages. */
const fileName = 'vocoder.onnx'

export interface VocoderFormat extends MelFormat {
  /** Frames on either side of a chunk that it has to be made with to come out as in the whole. */
  readonly contextFrames: number
}

export interface Vocoder {
  readonly format: VocoderFormat
  /** Names of features that it wants beside the mel, e.g. a pitch: outputs of the acoustic model. */
  readonly extraInputs: readonly string[]
  /**
   * Audio of a whole utterance, chunk by chunk, the first after 200 ms of audio.
   * @param mel [melBins, T].
   * @param extras for each of `extraInputs` [channels, T].
   * @returns `hopSamples` samples a frame, -1 to 1.
   * @throws VoxbridgeError ERR_ENGINE where the model gives values that are no numbers.
   */
  stream(mel: Frames, extras: ReadonlyMap<string, Frames>, options: RunOptions): AsyncIterable<Float32Array>
  close(): Promise<void>
}

/**
 * @param model a path, or what is in the file.
 * @throws VoxbridgeError ERR_MODEL_FORMAT where it is no vocoder of this format.
 */
export async function loadVocoder(
  model: string | Uint8Array,
  format: VocoderFormat,
  options: SessionOptions,
): Promise<Vocoder> {
  const session = await createSession(model, options)
  try {
    const mel = findMelPort(session.inputMetadata, format.melBins, fileName)
    return new OnnxVocoder(session, format, mel, findAudioPort(session.outputMetadata, fileName))
  } catch (error) {
    await session.release()
    throw error
  }
}

class OnnxVocoder implements Vocoder {
  readonly format: VocoderFormat
  readonly extraInputs: readonly string[]
  readonly #session: InferenceSession
  readonly #mel: MelPort
  readonly #audio: string

  constructor(session: InferenceSession, format: VocoderFormat, mel: MelPort, audio: string) {
    this.#session = session
    this.format = format
    this.extraInputs = session.inputNames.filter((name) => name !== mel.name)
    this.#mel = mel
    this.#audio = audio
  }

  async *stream(
    mel: Frames,
    extras: ReadonlyMap<string, Frames>,
    { signal }: RunOptions,
  ): AsyncGenerator<Float32Array> {
    const { sampleRate, hopSamples, contextFrames } = this.format
    for (const { start, end } of chunksOf(mel.count, sampleRate / hopSamples)) {
      if (signal.aborted) return
      const from = Math.max(0, start - contextFrames)
      const to = Math.min(mel.count, end + contextFrames)
      const audio = await this.#run(mel, extras, from, to)
      yield audio.slice((start - from) * hopSamples, (end - from) * hopSamples)
    }
  }

  async close(): Promise<void> {
    await this.#session.release()
  }

  async #run(
    mel: Frames,
    extras: ReadonlyMap<string, Frames>,
    from: number,
    to: number,
  ): Promise<Float32Array> {
    const feeds: Record<string, Tensor> = { [this.#mel.name]: this.#melTensor(sliceFrames(mel, from, to)) }
    for (const [name, frames] of extras) {
      const { channels, count, values } = sliceFrames(frames, from, to)
      feeds[name] = new Tensor('float32', values, [1, channels, count])
    }
    const results = await this.#session.run(feeds)
    const audio = results[this.#audio]?.data as Float32Array
    const expected = (to - from) * this.format.hopSamples
    if (audio.length !== expected) {
      throw new VoxbridgeError(
        'ERR_MODEL_FORMAT',
        `the vocoder made ${audio.length} samples of ${to - from} frames, at a hop of ${this.format.hopSamples} it should be ${expected}`,
      )
    }
    if (audio.every(Number.isFinite)) return audio
    throw new VoxbridgeError('ERR_ENGINE', 'the vocoder gave values that are no numbers')
  }

  #melTensor({ channels, count, values }: Frames): Tensor {
    return this.#mel.layout === 'bins-first'
      ? new Tensor('float32', values, [1, channels, count])
      : new Tensor('float32', transpose(values, channels, count), [1, count, channels])
  }
}
