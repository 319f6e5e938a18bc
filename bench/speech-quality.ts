/** What can be told of synthetic speech from its samples alone. */
import type { Recording } from '../src/cli/wav.ts'

/** Weaker samples count as silence: -46 dB of full scale. */
const audible = 0.005
const fullScale = 0.999

export interface SpeechQuality {
  readonly seconds: number
  /** Silence before the first sound; all of it where nothing is to be heard. */
  readonly onsetMs: number
  /** From the first sound to the last. */
  readonly speechSeconds: number
  readonly clippedSamples: number
}

export function measureSpeech({ pcm, sampleRate }: Recording): SpeechQuality {
  const isAudible = (sample: number): boolean => Math.abs(sample) > audible * 32768
  const first = pcm.findIndex(isAudible)
  const onset = first < 0 ? pcm.length : first
  const end = first < 0 ? pcm.length : pcm.findLastIndex(isAudible) + 1
  return {
    seconds: pcm.length / sampleRate,
    onsetMs: (1000 * onset) / sampleRate,
    speechSeconds: (end - onset) / sampleRate,
    clippedSamples: pcm.filter((sample) => Math.abs(sample) > fullScale * 32768).length,
  }
}
