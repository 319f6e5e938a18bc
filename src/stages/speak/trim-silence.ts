/** Level above which a voice is heard: -46 dB of full scale. */
const audible = 0.005
/** Enough for the soft beginning of a sound; the listener waits for all of it. */
const leadMs = 15
const fadeMs = 5
const highestPeak = 0.98

/**
 * Cuts the silence that a model puts around its speech: before it, because the listener waits for it; behind it, so
 * that the pause between clauses is that of a speaker. Both ends are faded, a clip that is too loud is turned down as
 * a whole.
 * @param tailMs silence to keep behind the last sound.
 * @returns a new array; empty where nothing is audible or the model gave a value that is no number.
 */
export function trimSilence(samples: Float32Array, sampleRate: number, tailMs: number): Float32Array {
  const peak = peakLevel(samples)
  if (!(peak > audible)) return new Float32Array(0)
  const isAudible = (sample: number): boolean => Math.abs(sample) > audible
  const perMs = sampleRate / 1000
  const start = Math.max(0, samples.findIndex(isAudible) - leadMs * perMs)
  const end = Math.min(samples.length, samples.findLastIndex(isAudible) + 1 + tailMs * perMs)
  const trimmed = samples.slice(start, end)
  const gain = Math.min(1, highestPeak / peak)
  const fadeSamples = Math.min(fadeMs * perMs, Math.floor(trimmed.length / 2))
  for (let index = 0; index < trimmed.length; index++) {
    const fromEdge = Math.min(index, trimmed.length - 1 - index)
    trimmed[index]! *= fromEdge < fadeSamples ? (gain * fromEdge) / fadeSamples : gain
  }
  return trimmed
}

/** NaN where any sample is. */
function peakLevel(samples: Float32Array): number {
  let peak = 0
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample))
  return peak
}
