/** The short-time spectrum of a recording as an image. */
import { interpolateMagma } from 'd3-scale-chromatic'
import sharp from 'sharp'
import type { Recording } from '../../src/cli/wav.ts'

export interface SpectrogramOptions {
  readonly widthPixels: number
  readonly heightPixels: number
  readonly highestHz: number
}

const windowMs = 25
const rangeDb = 70

/** @returns PNG; time to the right, frequency upwards, from the loudest (bright) to 70 dB below it (dark) */
export async function renderSpectrogram(
  recording: Recording,
  options: SpectrogramOptions,
): Promise<Uint8Array> {
  const { widthPixels: width, heightPixels: height } = options
  const levels = measureLevels(recording, options)
  const loudest = levels.reduce((most, level) => Math.max(most, level), -Infinity)
  const pixels = Buffer.alloc(width * height * 3)
  for (const [index, level] of levels.entries()) {
    const [red = 0, green = 0, blue = 0] = magma(1 + (level - loudest) / rangeDb)
    pixels.set([red, green, blue], index * 3)
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer()
}

/** In dB, row by row from the highest frequency down. */
function measureLevels({ pcm, sampleRate }: Recording, options: SpectrogramOptions): Float64Array {
  const { widthPixels: width, heightPixels: height, highestHz } = options
  const size = Math.round((sampleRate * windowMs) / 1000)
  const hann = Float64Array.from(
    { length: size },
    (_, index) => 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / size),
  )
  const levels = new Float64Array(width * height)
  for (let row = 0; row < height; row++) {
    const hz = (highestHz * (height - row - 0.5)) / height
    // Above half the rate there is nothing but the mirror image.
    if (hz > sampleRate / 2) continue
    const step = (2 * Math.PI * hz) / sampleRate
    const cosines = hann.map((weight, index) => weight * Math.cos(step * index))
    const sines = hann.map((weight, index) => weight * Math.sin(step * index))
    for (let column = 0; column < width; column++) {
      const start = Math.round(((column + 0.5) / width) * pcm.length - size / 2)
      let real = 0
      let imaginary = 0
      for (let index = Math.max(0, -start); index < size && start + index < pcm.length; index++) {
        const sample = pcm[start + index] ?? 0
        real += sample * (cosines[index] ?? 0)
        imaginary += sample * (sines[index] ?? 0)
      }
      levels[row * width + column] = 10 * Math.log10(real * real + imaginary * imaginary + 1)
    }
  }
  return levels
}

/** @returns red, green and blue, 0 to 255 */
function magma(share: number): number[] {
  const hex = interpolateMagma(Math.min(1, Math.max(0, share)))
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16))
}
