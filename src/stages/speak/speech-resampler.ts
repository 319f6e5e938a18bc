/** Brings speech to the rate that clients get, by libsamplerate (sinc, medium quality: flat to 90 %). */
import libsamplerate from '@alexanderolsen/libsamplerate-js'
import { joinSamples } from '../../pipeline/join-samples.ts'
import { outputRateHz } from './pcm.ts'

type Pieces = AsyncIterable<Float32Array> | Iterable<Float32Array>

export interface SpeechResampler {
  /**
   * Whatever the pieces are, joined they come out the same; the end of one waits 20 ms for the next.
   * @param pieces of one clip, in order.
   */
  resample(pieces: Pieces): AsyncIterable<Float32Array>
  close(): void
}

/** What is converted at a time; above 42 s of output the library gives no or wrong samples. */
const blockSeconds = 10
/** What is converted beyond both ends of a block, so that blocks join without a click: longer than the filter. */
const contextSeconds = 0.02

export async function createSpeechResampler(inputRateHz: number): Promise<SpeechResampler> {
  if (inputRateHz === outputRateHz) return { resample: unchanged, close: () => undefined }
  const converterType = libsamplerate.ConverterType.SRC_SINC_MEDIUM_QUALITY
  const converter = await libsamplerate.create(1, inputRateHz, outputRateHz, { converterType })
  const toOutput = (samples: number): number => Math.round((samples * outputRateHz) / inputRateHz)
  // Samples of both rates coincide after so many, and blocks may begin there.
  const step = inputRateHz / greatestCommonDivisor(inputRateHz, outputRateHz)
  const wholeSteps = (samples: number): number => Math.floor(samples / step) * step
  const blockSamples = wholeSteps(blockSeconds * inputRateHz)
  const contextSamples = wholeSteps(contextSeconds * inputRateHz + step)

  return {
    async *resample(pieces) {
      /** The input from `keptFrom` on; of it, what stands before `doneTo` is converted. */
      let kept = new Float32Array(0)
      let keptFrom = 0
      let doneTo = 0
      const convert = (end: number): Float32Array => {
        const converted = converter.simple(kept.subarray(0, end + contextSamples - keptFrom))
        const block = converted.slice(toOutput(doneTo - keptFrom), toOutput(end - keptFrom))
        doneTo = end
        const keepFrom = Math.max(0, wholeSteps(end) - contextSamples)
        kept = kept.slice(keepFrom - keptFrom)
        keptFrom = keepFrom
        return block
      }
      for await (const piece of pieces) {
        kept = joinSamples([kept, piece])
        for (;;) {
          const settled = wholeSteps(keptFrom + kept.length - contextSamples)
          const end = Math.min(settled, doneTo + blockSamples)
          if (end <= doneTo) break
          yield convert(end)
        }
      }
      const end = keptFrom + kept.length
      if (end > doneTo) yield convert(end)
    },
    close: () => converter.destroy(),
  }
}

async function* unchanged(pieces: Pieces): AsyncGenerator<Float32Array> {
  yield* pieces
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}
