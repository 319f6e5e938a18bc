/**
 * chrF of a corpus (M. Popović, 2015) as sacrebleu computes chrF2 by default: n-grams of one to six characters, spaces
 * left out, case kept, no n-grams of words, recall weighing twice as much as precision.
 */
import { sum } from '../statistics.ts'
import { countMatches, countNgrams } from './ngrams.ts'
import { splitWords } from './python-text.ts'

export const chrfSignature = 'nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:2.6.0'

const orders = [1, 2, 3, 4, 5, 6] as const
const betaSquared = 2 ** 2

/** What a line adds to the score of a corpus: n-grams by order. */
export interface ChrfCounts {
  readonly hypothesis: readonly number[]
  readonly reference: readonly number[]
  readonly matches: readonly number[]
}

export function countChrf(hypothesis: string, reference: string): ChrfCounts {
  const [characters, expected] = [hypothesis, reference].map((line) => [...splitWords(line).join('')]) as [
    string[],
    string[],
  ]
  const length = (items: readonly string[], order: number): number => Math.max(0, items.length - order + 1)
  return {
    // Where the reference has no n-gram of an order, those of the hypothesis do not count.
    hypothesis: orders.map((order) => (expected.length < order ? 0 : length(characters, order))),
    reference: orders.map((order) => length(expected, order)),
    matches: orders.map((order) =>
      countMatches(countNgrams(characters, order, ''), countNgrams(expected, order, '')),
    ),
  }
}

/** @returns 0 to 100 */
export function chrfOfCounts(lines: readonly ChrfCounts[]): number {
  const shares = orders
    .map((_, index) => ({
      hypothesis: sum(lines.map(({ hypothesis }) => hypothesis[index] ?? 0)),
      reference: sum(lines.map(({ reference }) => reference[index] ?? 0)),
      matches: sum(lines.map(({ matches }) => matches[index] ?? 0)),
    }))
    .filter(({ hypothesis, reference }) => hypothesis > 0 && reference > 0)
  if (shares.length === 0) return 0
  const precision = sum(shares.map(({ matches, hypothesis }) => matches / hypothesis)) / shares.length
  const recall = sum(shares.map(({ matches, reference }) => matches / reference)) / shares.length
  if (precision + recall === 0) return 0
  return (100 * (1 + betaSquared) * precision * recall) / (betaSquared * precision + recall)
}

/** @returns 0 to 100 */
export function corpusChrf(hypotheses: readonly string[], references: readonly string[]): number {
  return chrfOfCounts(hypotheses.map((line, index) => countChrf(line, references[index] ?? '')))
}
