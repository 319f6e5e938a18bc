/** Folders of speech clips with their texts, as the benches read them. */
import { join } from 'node:path'
import { readWav } from '../src/cli/wav.ts'
import { readTranscripts } from './spoken-inputs.ts'

const modelRateHz = 16_000

export interface SpeechClip {
  readonly file: string
  readonly text: string
  /** Mono, 16 kHz, -1 to 1. */
  readonly samples: Float32Array
}

/** @param dir holds WAV files of 8 or 16 kHz and `transcripts.tsv`: a heading, then file, seconds, text */
export async function readSpeechClips(dir: string): Promise<SpeechClip[]> {
  const { lines } = await readTranscripts(dir)
  return Promise.all(
    lines.map(async ([file = '', , text = '']) => ({
      file,
      text,
      samples: await readSpeech(join(dir, file)),
    })),
  )
}

/** @throws RangeError where the file has another rate than 8 or 16 kHz. */
export async function readSpeech(path: string): Promise<Float32Array> {
  const { pcm, sampleRate } = await readWav(path)
  const samples = Float32Array.from(pcm, (sample) => sample / 32768)
  if (sampleRate === modelRateHz) return samples
  if (sampleRate * 2 === modelRateHz) return doubleRate(samples)
  throw new RangeError(`${path} has ${sampleRate} Hz; 8000 or 16000 is needed`)
}

/**
 * The same as scipy.signal.resample_poly(samples, 2, 1), with which the expected tokens were made: a windowed sinc of
 * 41 taps (Kaiser, beta 5) with half the band.
 */
function doubleRate(samples: Float32Array): Float32Array {
  const half = 20
  const taps = Array.from({ length: 2 * half + 1 }, (_, index) => {
    const distance = index - half
    const sinc = distance === 0 ? 1 : Math.sin((Math.PI * distance) / 2) / ((Math.PI * distance) / 2)
    return sinc * besselI0(5 * Math.sqrt(1 - (distance / half) ** 2))
  })
  const gain = 2 / taps.reduce((sum, tap) => sum + tap, 0)
  const doubled = new Float32Array(samples.length * 2)
  for (let out = 0; out < doubled.length; out++) {
    let sum = 0
    for (const [index, tap] of taps.entries()) {
      const position = out + half - index
      if (position % 2 === 0) sum += tap * (samples[position / 2] ?? 0)
    }
    doubled[out] = sum * gain
  }
  return doubled
}

/** Modified Bessel function of the first kind, order 0, by its power series. */
export function besselI0(x: number): number {
  let sum = 1
  let term = 1
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2
    sum += term
  }
  return sum
}
