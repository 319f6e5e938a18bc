/**
 * BLEU of a corpus (K. Papineni et al., 2002) as sacrebleu computes it by default: tokens of mteval-v13a, case kept,
 * one reference, n-grams up to four, and exponential smoothing, with which the n-th order without any match counts as
 * 1 / 2^n matches.
 */
import { sum } from '../statistics.ts'
import { countMatches, countNgrams } from './ngrams.ts'
import { tokenize13a } from './tokenize-13a.ts'

/** The version is that of the sacrebleu whose figures the tests hold. */
export const bleuSignature = 'nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0'

const maxOrder = 4
const orders = Array.from({ length: maxOrder }, (_, index) => index + 1)

/** What a line adds to the score of a corpus. */
export interface BleuCounts {
  readonly length: number
  readonly referenceLength: number
  /** By order, from 1 on. */
  readonly matches: readonly number[]
  readonly totals: readonly number[]
}

export function countBleu(hypothesis: string, reference: string): BleuCounts {
  const tokens = tokenize13a(hypothesis)
  const expected = tokenize13a(reference)
  return {
    length: tokens.length,
    referenceLength: expected.length,
    matches: orders.map((order) =>
      countMatches(countNgrams(tokens, order, ' '), countNgrams(expected, order, ' ')),
    ),
    totals: orders.map((order) => Math.max(0, tokens.length - order + 1)),
  }
}

/** @returns 0 to 100 */
export function bleuOfCounts(lines: readonly BleuCounts[]): number {
  const matches = orders.map((_, index) => sum(lines.map((line) => line.matches[index] ?? 0)))
  if (matches.every((count) => count === 0)) return 0
  let smoothing = 1
  let logPrecisions = 0
  for (const [index, matched] of matches.entries()) {
    const total = sum(lines.map(({ totals }) => totals[index] ?? 0))
    // No line is that long: sacrebleu's logarithm of nothing.
    if (total === 0) return 0
    if (matched === 0) smoothing *= 2
    logPrecisions += Math.log((matched === 0 ? 1 / smoothing : matched) / total)
  }
  const length = sum(lines.map((line) => line.length))
  const referenceLength = sum(lines.map((line) => line.referenceLength))
  const brevityPenalty = length < referenceLength ? Math.exp(1 - referenceLength / length) : 1
  return 100 * brevityPenalty * Math.exp(logPrecisions / maxOrder)
}

/** @returns 0 to 100 */
export function corpusBleu(hypotheses: readonly string[], references: readonly string[]): number {
  return bleuOfCounts(hypotheses.map((line, index) => countBleu(line, references[index] ?? '')))
}
