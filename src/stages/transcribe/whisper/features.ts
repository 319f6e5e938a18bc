/**
 * Whisper's log-mel features (https://github.com/openai/whisper/blob/main/whisper/audio.py) as a small ONNX graph:
 * as one matrix product the Fourier transform of frames this short takes onnxruntime less time than an FFT takes in
 * JavaScript.
 */
import { type InferenceSession, Tensor } from 'onnxruntime-node'
import { GraphBuilder } from '../../../models/onnx/graph-builder.ts'
import { createSession } from '../../../models/session.ts'
import { melFilters } from './mel-filters.ts'

export const sampleRateHz = 16_000
/** Samples from one mel frame to the next. */
const hopSamples = 160
/** From one position of the encoder's output to the next: it halves the rate of the frames. */
export const samplesPerPosition = 2 * hopSamples
const frameSamples = 400
const frequencies = frameSamples / 2 + 1
const reflectedSamples = frameSamples / 2
/** Power below which Whisper does not look. */
const smallestPower = 1e-10

export class LogMel {
  readonly #session: InferenceSession

  static async create(melBins: number, threads: number): Promise<LogMel> {
    return new LogMel(await createSession(buildLogMel(melBins), { threads }))
  }

  private constructor(session: InferenceSession) {
    this.#session = session
  }

  /**
   * @param samples mono, 16 kHz, -1 to 1
   * @param paddedSamples length to which silence is added first; a multiple of 160, at least 320
   * @returns float32 [1, melBins, paddedSamples / 160]
   */
  async compute(samples: Float32Array, paddedSamples: number): Promise<Tensor> {
    const padded = new Float32Array(paddedSamples + 2 * reflectedSamples)
    padded.set(samples.subarray(0, paddedSamples), reflectedSamples)
    const last = reflectedSamples + paddedSamples - 1
    for (let offset = 1; offset <= reflectedSamples; offset++) {
      padded[reflectedSamples - offset] = padded[reflectedSamples + offset] ?? 0
      padded[last + offset] = padded[last - offset] ?? 0
    }
    // Whisper drops the last frame; without the last hop it is not computed at all.
    const framed = padded.subarray(0, paddedSamples - hopSamples + frameSamples)
    const { mel } = await this.#session.run({ samples: new Tensor('float32', framed, [1, 1, framed.length]) })
    return mel as Tensor
  }

  async release(): Promise<void> {
    await this.#session.release()
  }
}

/** in: `samples` float32 [1, 1, n], out: `mel` float32 [1, melBins, (n - 400) / 160 + 1] */
function buildLogMel(melBins: number): Uint8Array {
  const graph = new GraphBuilder('log-mel')
  graph.input('samples', 'float32', [1, 1, 'n'])
  const parts = (['cosine', 'sine'] as const).map((kind) => {
    const kernel = graph.constant(kind, [frequencies, 1, frameSamples], fourierKernel(kind))
    const attributes = { kernel_shape: { ints: [frameSamples] }, strides: { ints: [hopSamples] } }
    const part = graph.node('Conv', ['samples', kernel], { attributes })
    return graph.node('Mul', [part, part])
  })
  const power = graph.node('Add', parts)
  const filters = melFilters(melBins, frameSamples, sampleRateHz)
  const mel = graph.node('MatMul', [graph.constant('filters', [melBins, frequencies], filters), power])
  const audible = graph.node('Max', [mel, graph.scalar('smallest_power', smallestPower)])
  const decades = graph.node('Mul', [graph.node('Log', [audible]), graph.scalar('log10_e', Math.LOG10E)])
  const loudest = graph.node('ReduceMax', [decades], { attributes: { keepdims: { int: 0 } } })
  const floor = graph.node('Sub', [loudest, graph.scalar('range_decades', 8)])
  const raised = graph.node('Add', [graph.node('Max', [decades, floor]), graph.scalar('offset', 4)])
  graph.node('Div', [raised, graph.scalar('four', 4)], { outputs: ['mel'] })
  graph.output('mel', 'float32', [1, melBins, 'frames'])
  return graph.build({ irVersion: 9, opset: 20 })
}

/** A Fourier transform with a Hann window. Row-major [frequencies, frameSamples]. */
function fourierKernel(kind: 'cosine' | 'sine'): Float32Array {
  const kernel = new Float32Array(frequencies * frameSamples)
  const turn = (2 * Math.PI) / frameSamples
  for (let frequency = 0; frequency < frequencies; frequency++) {
    for (let sample = 0; sample < frameSamples; sample++) {
      const window = (1 - Math.cos(turn * sample)) / 2
      // The product may be large; its angle is exact only when reduced to one turn first.
      const angle = turn * ((frequency * sample) % frameSamples)
      kernel[frequency * frameSamples + sample] =
        window * (kind === 'cosine' ? Math.cos(angle) : Math.sin(angle))
    }
  }
  return kernel
}
