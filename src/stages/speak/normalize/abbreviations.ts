/** Abbreviations and other fixed writings, each a pair of a language's data. */
import type { Reading, Replacement, SpokenLanguage } from './language.ts'

export function abbreviations({ abbreviations }: SpokenLanguage): Reading {
  return (text) => replaceAll(text, abbreviations)
}

export function replaceAll(text: string, replacements: readonly Replacement[]): string {
  return replacements.reduce(
    (rest, [written, spoken]) =>
      typeof spoken === 'string'
        ? rest.replace(written, spoken)
        : rest.replace(written, (_, ...groups: string[]) => spoken(...groups)),
    text,
  )
}

/**
 * Pairs for words that are written short with a full stop ("Dr."), whole words only.
 * @param words by the short form without its last full stop; the case of the first letter is free.
 */
export function shortened(words: Readonly<Record<string, string>>): Replacement[] {
  return Object.entries(words).map(([short, word]) => {
    const [first = '', ...rest] = short
    const source = `(?<![\\p{L}\\d.])[${first.toLowerCase()}${first.toUpperCase()}]${rest.join('').replaceAll('.', '\\.\\s?')}\\.`
    return [new RegExp(`${source}(?![\\p{L}\\d])`, 'gu'), word]
  })
}
