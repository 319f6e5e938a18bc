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

/**
 * The same for a clip that comes in pieces. Silence is held back until something follows it. The loudest sample is not
 * known beforehand, so nothing is turned down.
 * @param pieces of finite samples.
 * @returns new arrays; none where nothing is audible.
 */
export async function* trimSilenceOfPieces(
  pieces: AsyncIterable<Float32Array>,
  sampleRate: number,
  tailMs: number,
): AsyncGenerator<Float32Array> {
  const samplesOf = (ms: number): number => Math.round((ms * sampleRate) / 1000)
  const fadeSamples = samplesOf(fadeMs)
  let held = new Float32Array(0)
  let sent = 0
  for await (const piece of pieces) {
    held = joined(held, piece)
    if (sent === 0) held = withoutLead(held, samplesOf(leadMs))
    // The last sound may be the end, which is faded.
    const known = endOfSound(held) - fadeSamples
    if (known <= 0) continue
    yield fadedIn(held.slice(0, known), sent, fadeSamples)
    sent += known
    held = held.slice(known)
  }
  const end = endOfSound(held)
  if (end === 0) return
  const last = fadedIn(held.slice(0, end + samplesOf(tailMs)), sent, fadeSamples)
  const lastFade = Math.min(fadeSamples, last.length)
  for (let index = 0; index < lastFade; index++) last[last.length - 1 - index]! *= index / lastFade
  yield last
}

/** Leaves so many samples before the first sound; of silence alone the last ones, which may be before a sound. */
function withoutLead(samples: Float32Array<ArrayBuffer>, leadSamples: number): Float32Array<ArrayBuffer> {
  const sound = samples.findIndex(isAudible)
  return samples.slice(Math.max(0, (sound < 0 ? samples.length : sound) - leadSamples))
}

function endOfSound(samples: Float32Array): number {
  return samples.findLastIndex(isAudible) + 1
}

/** @param before samples that the fade has behind it. */
function fadedIn(samples: Float32Array, before: number, fadeSamples: number): Float32Array {
  for (let index = 0; before + index < fadeSamples && index < samples.length; index++) {
    samples[index]! *= (before + index) / fadeSamples
  }
  return samples
}

function isAudible(sample: number): boolean {
  return Math.abs(sample) > audible
}

function joined(first: Float32Array, second: Float32Array): Float32Array<ArrayBuffer> {
  const both = new Float32Array(first.length + second.length)
  both.set(first)
  both.set(second, first.length)
  return both
}

/** NaN where any sample is. */
function peakLevel(samples: Float32Array): number {
  let peak = 0
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample))
  return peak
}
