/** Where speech ends in a clip, and when a listener hears the first sound of an answer. */
import type { SpokenClause } from '../src/cli/stream-client.ts'
import type { Recording } from '../src/cli/wav.ts'

const blockMs = 10
/** A block belongs to the speech while it is at most this much weaker than the loudest one. */
const speechRangeDb = 35
/** -50 dB of full scale. */
const audibleLevel = 32768 * 10 ** (-50 / 20)

/** @returns the end of the last block of speech, in milliseconds from the start of the clip */
export function findSpeechEndMs({ pcm, sampleRate }: Recording): number {
  const blockSamples = Math.round((sampleRate * blockMs) / 1000)
  const powers: number[] = []
  for (let start = 0; start < pcm.length; start += blockSamples) {
    const block = pcm.subarray(start, start + blockSamples)
    powers.push(block.reduce((sum, sample) => sum + sample * sample, 0) / block.length)
  }
  const threshold = Math.max(...powers) * 10 ** (-speechRangeDb / 10)
  const last = powers.findLastIndex((power) => power >= threshold)
  return Math.min(((last + 1) * blockSamples * 1000) / sampleRate, (pcm.length * 1000) / sampleRate)
}

/**
 * Plays the pieces as a page would: each when it arrives, or after the one before where that still plays.
 * @returns `performance.now()` at which the first sample above -50 dBFS is heard, undefined where there is none
 */
export function findFirstAudibleAt(clauses: readonly SpokenClause[]): number | undefined {
  let playedUntil = -Infinity
  for (const { pieces, sampleRate } of clauses) {
    for (const { at, pcm } of pieces) {
      const startsAt = Math.max(at, playedUntil)
      const audible = pcm.findIndex((sample) => Math.abs(sample) > audibleLevel)
      if (audible >= 0) return startsAt + (audible / sampleRate) * 1000
      playedUntil = startsAt + (pcm.length / sampleRate) * 1000
    }
  }
  return undefined
}
