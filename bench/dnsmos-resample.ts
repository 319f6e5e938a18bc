import { besselI0 } from './speech-clips.ts'

/** Zero crossings of the sinc on each side. */
const crossings = 24
/** Of the lower one of the two bands. */
const passband = 0.97
const kaiserBeta = 9

/**
 * Samples at another rate, by a sinc in a Kaiser window. Nothing is delayed or lost at the ends: DNSMOS hears the end
 * of a clip beside its beginning, and digital silence moves its scores. The same as `resample` in
 * `training/distil/audio.py`, so that both programs give one figure for one clip.
 */
export function resample(samples: Float32Array, sourceHz: number, targetHz: number): Float32Array {
  if (sourceHz === targetHz) return samples
  const divisor = greatestCommonDivisor(sourceHz, targetHz)
  const [source, target] = [sourceHz / divisor, targetHz / divisor]
  const cutoff = passband * Math.min(source, target)
  const reach = Math.ceil((crossings * source) / cutoff)
  const taps = 2 * reach + source
  const kernels = Array.from({ length: target }, (_, phase) =>
    Float32Array.from({ length: taps }, (_, tap) => {
      const distance = ((tap - reach) / source - phase / target) * cutoff
      return (windowedSinc(distance) * cutoff) / source
    }),
  )
  return Float32Array.from({ length: Math.ceil((samples.length * target) / source) }, (_, index) => {
    const start = Math.floor(index / target) * source - reach
    const kernel = kernels[index % target] as Float32Array
    return kernel.reduce((sum, weight, tap) => sum + weight * (samples[start + tap] ?? 0), 0)
  })
}

function windowedSinc(distance: number): number {
  if (distance === 0) return 1
  if (Math.abs(distance) > crossings) return 0
  const window = besselI0(kaiserBeta * Math.sqrt(1 - (distance / crossings) ** 2)) / besselI0(kaiserBeta)
  return (Math.sin(Math.PI * distance) / (Math.PI * distance)) * window
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}
