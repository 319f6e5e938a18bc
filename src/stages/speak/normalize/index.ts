/**
 * Writes a text as it is said aloud: numbers, times, dates, money, measures, abbreviations, addresses, signs, Roman
 * numerals and acronyms become words. What is words already stays as it is.
 */
import { abbreviations } from './abbreviations.ts'
import { acronyms } from './acronyms.ts'
import { addresses } from './addresses.ts'
import { dates } from './dates.ts'
import { fractions, looseSigns, operators } from './expressions.ts'
import type { Reading, SpokenLanguage } from './language.ts'
import { english } from './languages/en.ts'
import { spanish } from './languages/es.ts'
import { french } from './languages/fr.ts'
import { hindi } from './languages/hi.ts'
import { italian } from './languages/it.ts'
import { portuguese } from './languages/pt.ts'
import { measures } from './measures.ts'
import { money } from './money.ts'
import { cardinals, codes, ordinals, versions } from './numbers.ts'
import { romanNumerals } from './roman-numerals.ts'
import { telephoneNumbers } from './telephone-numbers.ts'
import { clockTimes, hourTimes } from './times.ts'

/** The order matters: each rule leaves words, in which the later ones find nothing. */
const rules: readonly ((language: SpokenLanguage) => Reading)[] = [
  addresses,
  abbreviations,
  dates,
  clockTimes,
  hourTimes,
  telephoneNumbers,
  codes,
  versions,
  operators,
  money,
  measures,
  fractions,
  ordinals,
  romanNumerals,
  cardinals,
  acronyms,
  looseSigns,
]

const languages: Readonly<Record<string, SpokenLanguage>> = {
  en: english,
  es: spanish,
  fr: french,
  hi: hindi,
  it: italian,
  pt: portuguese,
}

const abbreviationReadings: ReadonlyMap<string, Reading> = new Map(
  Object.entries(languages).map(([code, language]) => [code, abbreviations(language)]),
)

const readings: ReadonlyMap<string, readonly Reading[]> = new Map(
  Object.entries(languages).map(([code, language]) => [code, rules.map((rule) => rule(language))]),
)

/**
 * @param language ISO 639-1 code; a text in a language without rules comes back as it is.
 * @returns the text to speak; spoken again by these rules it stays the same.
 */
export function normalizeForSpeech(text: string, language: string): string {
  const steps = readings.get(language)
  if (!steps) return text
  const spoken = steps.reduce((rest, read) => read(rest), withPlainDigits(text.normalize('NFC')))
  if (spoken === text) return text
  const tidy = spoken
    .replace(/ {2,}/gu, ' ')
    .replace(/ (?=[,.;:!?](?:\s|$))/gu, '')
    .trim()
  // An abbreviation at the end took the full stop of the sentence with it.
  return text.endsWith('.') && /[\p{L}\p{M}]$/u.test(tidy) ? `${tidy}.` : tidy
}

/** Whether the full stop of `word` belongs to an abbreviation ("Feb. 14", "no. 7"), so that no sentence ends there. */
export function isAbbreviation(word: string, next: string, language: string): boolean {
  const read = abbreviationReadings.get(language)
  return read !== undefined && !read(`${word} ${next}`).includes('. ')
}

/** Figures of Devanagari become those that the rules know. */
function withPlainDigits(text: string): string {
  return text.replace(/[०-९]/gu, (digit) => String(digit.charCodeAt(0) - '०'.charCodeAt(0)))
}
