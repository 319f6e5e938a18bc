/** Where speech lies in a clip, and which samples can be heard. */
import type { Recording } from '../src/cli/wav.ts'

const blockMs = 10
/** A block belongs to the speech while it is at most this much weaker than the loudest one. */
const speechRangeDb = 35
/** -50 dB of full scale. */
const audibleLevel = 32768 * 10 ** (-50 / 20)

export interface SpeechSpan {
  /** From the start of the clip to the first block of speech. */
  readonly startMs: number
  /** From the start of the clip to the end of the last block of speech. */
  readonly endMs: number
}

/** The annotation that the benches measure from: it is made from the clip's energy and knows nothing of a detector. */
export function findSpeech({ pcm, sampleRate }: Recording): SpeechSpan {
  const blockSamples = Math.round((sampleRate * blockMs) / 1000)
  const powers: number[] = []
  for (let start = 0; start < pcm.length; start += blockSamples) {
    const block = pcm.subarray(start, start + blockSamples)
    powers.push(block.reduce((sum, sample) => sum + sample * sample, 0) / block.length)
  }
  const threshold = Math.max(...powers) * 10 ** (-speechRangeDb / 10)
  const isSpeech = (power: number): boolean => power >= threshold
  const end = Math.min((powers.findLastIndex(isSpeech) + 1) * blockSamples, pcm.length)
  const toMs = (samples: number): number => (samples * 1000) / sampleRate
  return { startMs: toMs(powers.findIndex(isSpeech) * blockSamples), endMs: toMs(end) }
}

/** @returns the index of the first sample above -50 dBFS, or -1 */
export function findAudible(pcm: Int16Array): number {
  return pcm.findIndex((sample) => Math.abs(sample) > audibleLevel)
}
