/**
 * Cuts a text into clauses to be spoken one after the other. The first is short where the text allows it, because a
 * listener waits for it; cuts are made only where a speaker could breathe, so that the melody survives.
 */
import { isAbbreviation } from './normalize/index.ts'

/** A first clause of more words is cut at the next possible place. */
const longFirstWords = 7
/** Later clauses are spoken while the one before still plays: they may be long, and sound better so. */
const longWords = 14
/** With fewer words than this a clause is only cut off at the end of a sentence. */
const leastWords = 2
/** A conjunction has to have this many words on both sides. */
const leastWordsAtConjunction = 4

/** Words that open a clause. A cut before them is natural where the clause before them is long. */
const conjunctions: Readonly<Record<string, ReadonlySet<string>>> = {
  en: new Set(
    'and but or because so when while if although though which who where before after until that'.split(' '),
  ),
  pt: new Set(
    'e mas ou porque quando enquanto se embora porém então pois que onde antes depois até'.split(' '),
  ),
  es: new Set(
    'y e pero o u porque cuando mientras si aunque entonces pues que donde antes después hasta'.split(' '),
  ),
  fr: new Set('et mais ou parce quand pendant si quoique donc car que qui où avant après jusque'.split(' ')),
}

/** Words whose full stop does not end a sentence. */
const abbreviations = new Set(
  'mr mrs ms dr prof sr jr st vs etc no sra srta dra profa ltda av exmo ud uds m mm mme mlle art fig'.split(
    ' ',
  ),
)

/** How strongly the text parts after a word. */
type Break = 'sentence' | 'clause' | 'conjunction' | 'none'

/**
 * @param language ISO 639-1 code; languages without a list of conjunctions are cut at punctuation only.
 * @returns the clauses in order, none empty; joined with spaces they are the text with its white space normalised.
 */
export function splitClauses(text: string, language: string): string[] {
  const words = text.split(/\s+/u).filter((word) => word !== '')
  const breaks = words.map((word, index) => breakAfter(word, words[index + 1], language))
  const clauses: string[] = []
  let start = 0
  while (start < words.length) {
    const end = clauseEnd(breaks, start, clauses.length === 0 ? longFirstWords : longWords)
    clauses.push(words.slice(start, end).join(' '))
    start = end
  }
  return clauses
}

/**
 * The first clause ends at the first punctuation, or sooner at a conjunction where that is far away. Later ones take
 * in as many as fit.
 */
function clauseEnd(breaks: readonly Break[], start: number, longClause: number): number {
  const sentenceEnd = nextIndex(breaks, start, (kind) => kind === 'sentence') + 1
  const isFirst = start === 0
  if (!isFirst && sentenceEnd - start <= longClause) return sentenceEnd
  const canCut = (end: number, least: number): boolean => end - start >= least && sentenceEnd - end >= least
  const places = Array.from({ length: sentenceEnd - start }, (_, index) => start + index + 1)
  const atClause = places.filter((end) => breaks[end - 1] === 'clause' && canCut(end, leastWords))
  const atConjunction = places.filter(
    (end) => breaks[end - 1] === 'conjunction' && canCut(end, leastWordsAtConjunction),
  )
  const fits = (end: number): boolean => end - start <= longClause
  if (isFirst) {
    const [clause = sentenceEnd] = atClause
    const [conjunction] = atConjunction
    return fits(clause) || conjunction === undefined || conjunction > clause ? clause : conjunction
  }
  return (
    atClause.findLast(fits) ?? atConjunction.findLast(fits) ?? atClause[0] ?? atConjunction[0] ?? sentenceEnd
  )
}

function nextIndex<T>(items: readonly T[], start: number, matches: (item: T) => boolean): number {
  const index = items.findIndex((item, position) => position >= start && matches(item))
  return index === -1 ? items.length - 1 : index
}

function breakAfter(word: string, next: string | undefined, language: string): Break {
  if (next === undefined) return 'sentence'
  const bare = word.replace(/["'”’»)\]]+$/u, '')
  if (/[!?…。！？]$/u.test(bare)) return 'sentence'
  if (bare.endsWith('.')) return endsSentence(bare, next, language) ? 'sentence' : 'none'
  if (/[,;:—–]$/u.test(bare) || /^[—–-]$/u.test(word) || /^[(—–]/u.test(next)) return 'clause'
  return conjunctions[language]?.has(next.toLowerCase()) ? 'conjunction' : 'none'
}

function endsSentence(word: string, next: string, language: string): boolean {
  const stem = word
    .slice(0, -1)
    .toLowerCase()
    .replace(/^[("'“‘«]+/u, '')
  if (abbreviations.has(stem) || /^\p{L}(\.\p{L})*$/u.test(stem)) return false
  return !/^\p{Ll}/u.test(next) && !isAbbreviation(word, next, language)
}
