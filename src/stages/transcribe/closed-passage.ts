/**
 * Finds what of a running speech can be translated before the speaker has finished: whole sentences at once; clauses
 * only once somebody has spoken for a while without the end of a sentence, because a translation of half a sentence is
 * worse than that of a whole one.
 */
import type { HeardWord } from './recognizer.ts'

/** Speech that waits longer is cut at a clause. */
const patientMs = 5_000
/** Speech that waits longer is cut between any two words. */
const impatientMs = 10_000
const leastClauseWords = 5

const sentenceEnd = /^\s*[.!?…。！？]+["'”’»)]*$/u
const clauseEnd = /^\s*[,;:—–、，；：]$/u

/**
 * @param words settled words that have not been translated.
 * @param waitingMs length of the speech that has not been translated.
 * @returns how many of the words make a closed passage, 0 for none.
 */
export function closedPassage(words: readonly HeardWord[], waitingMs: number): number {
  const sentence = words.findLastIndex(({ text }) => sentenceEnd.test(text)) + 1
  if (sentence > 0 || waitingMs < patientMs) return sentence
  const clause = words.findLastIndex(({ text }) => clauseEnd.test(text)) + 1
  if (clause > leastClauseWords) return clause
  return waitingMs >= impatientMs && words.length > leastClauseWords ? words.length : 0
}
