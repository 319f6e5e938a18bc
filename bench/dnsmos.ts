/**
 * DNSMOS P.835: what people would say of how speech sounds, on the scale from 1 (bad) to 5 (excellent).
 *
 * C. K. A. Reddy, V. Gopal, R. Cutler: "DNSMOS P.835: A Non-Intrusive Perceptual Objective Speech Quality Metric to
 * Evaluate Noise Suppressors", 2022 (arXiv:2110.01763); network and curves from microsoft/DNS-Challenge
 * (`sig_bak_ovr.onnx`, `dnsmos_local.py`).
 */
import { type InferenceSession, Tensor } from 'onnxruntime-node'
import type { Recording } from '../src/cli/wav.ts'
import { VoxbridgeError } from '../src/errors.ts'
import { createSession } from '../src/models/session.ts'
import { resample } from './dnsmos-resample.ts'

/** Of speech without noise the overall score tells most. */
export interface Opinion {
  readonly signal: number
  /** High where nothing but the voice is to be heard. */
  readonly background: number
  readonly overall: number
}

const inputRateHz = 16_000
/** What the network hears: 9.01 s. */
const inputSamples = 144_160

/** From the network's raw scores to opinions: coefficients of x², x and 1. */
const curves = {
  signal: [-0.08397278, 1.22083953, 0.0052439],
  background: [-0.13166888, 1.60915514, -0.39604546],
  overall: [-0.06766283, 1.11546468, 0.04602535],
} as const

export class Dnsmos {
  readonly #session: InferenceSession
  readonly #input: string
  readonly #output: string

  private constructor(session: InferenceSession, input: string, output: string) {
    this.#session = session
    this.#input = input
    this.#output = output
  }

  /**
   * @param path `sig_bak_ovr.onnx`
   * @throws VoxbridgeError ERR_MODEL_MISSING, ERR_MODEL_FORMAT where it is no network of one input and one output.
   */
  static async load(path: string): Promise<Dnsmos> {
    const session = await createSession(path, { threads: 1 })
    const [input, secondInput] = session.inputNames
    const [output, secondOutput] = session.outputNames
    if (
      input !== undefined &&
      output !== undefined &&
      secondInput === undefined &&
      secondOutput === undefined
    ) {
      return new Dnsmos(session, input, output)
    }
    await session.release()
    throw new VoxbridgeError(
      'ERR_MODEL_FORMAT',
      `${path} is not the network of DNSMOS: sig_bak_ovr.onnx with one input and one output is needed`,
    )
  }

  /**
   * Speech that is shorter than what the network hears is repeated, without a gap; of longer speech the beginning counts.
   * The recording may not be empty.
   */
  async judge({ pcm, sampleRate }: Recording): Promise<Opinion> {
    const heard = Float32Array.from(pcm, (sample) => sample / 32768)
    const samples = resample(heard, sampleRate, inputRateHz)
    const looped = Float32Array.from(
      { length: inputSamples },
      (_, index) => samples[index % samples.length] ?? 0,
    )
    const { [this.#output]: scores } = await this.#session.run({
      [this.#input]: new Tensor('float32', looped, [1, inputSamples]),
    })
    const [signal = NaN, background = NaN, overall = NaN] = (scores?.data ?? []) as Float32Array
    return {
      signal: evaluate(curves.signal, signal),
      background: evaluate(curves.background, background),
      overall: evaluate(curves.overall, overall),
    }
  }

  close(): Promise<void> {
    return this.#session.release()
  }
}

function evaluate([square, linear, constant]: readonly [number, number, number], score: number): number {
  return (square * score + linear) * score + constant
}
