import type { Speculation } from '../../pipeline/attempt.ts'
import type { SegmentOptions } from './options.ts'

/** Probability from which the sound of a sentence counts as finished. */
export const finishedProbability = 0.5
const closingMark = /[.!?…。！？]["'”’»)\]]*$/u

/**
 * How long a pause has to last to be the end of the utterance: short where text and melody both say that the sentence
 * is finished, long where neither does. What is not known yet counts as unfinished.
 */
export function patienceMs({ text, finished = 0 }: Speculation, options: SegmentOptions): number {
  const { earlyEndMs, endSilenceMs } = options
  const signs = [text !== undefined && closesSentence(text), finished >= finishedProbability]
  const shown = signs.filter(Boolean).length
  if (shown === 2) return Math.min(earlyEndMs, endSilenceMs)
  if (shown === 0) return endSilenceMs
  return Math.max(earlyEndMs, (earlyEndMs + endSilenceMs) / 2)
}

/** Whether the text ends as a sentence does. */
export function closesSentence(text: string): boolean {
  return closingMark.test(text)
}
