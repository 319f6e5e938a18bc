/** Roman numerals, only where nothing else can be meant. */
import type { Reading, SpokenLanguage } from './language.ts'

const numeral = 'X{0,3}(?:IX|IV|V?I{0,3})'
const values: Readonly<Record<string, number>> = { I: 1, V: 5, X: 10 }

/**
 * After a word such as "chapter" any numeral is read. After another word with a capital it takes two signs ("World War
 * II", not "Plan I"), and after the name of a ruler it is an ordinal.
 */
export function romanNumerals(language: SpokenLanguage): Reading {
  const { numberedThings, rulers, ordinalRoman, regnal, cardinal, ordinal } = language
  const end = '(?![\\p{L}\\p{M}\\d-]|\\.\\p{L})'
  const counted = new RegExp(`(?<=(?<!\\p{L})(?:${numberedThings}) )(?=[IVX])${numeral}${end}`, 'giu')
  const ruler = new RegExp(`(?<=(?<!\\p{L})(?:${rulers}) )(?=[IVX])${numeral}${end}`, 'gu')
  const named = new RegExp(`(?<=(?<!\\p{L})\\p{Lu}\\p{Ll}+ )(?=[IVX]{2})${numeral}${end}`, 'gu')
  const ranked =
    ordinalRoman === undefined
      ? undefined
      : new RegExp(`(?<!\\p{L})(?=[IVX])(${numeral})${ordinalRoman}`, 'gu')
  const asCardinal = (roman: string): string => cardinal(String(valueOf(roman)), 'masculine')
  return (text) => {
    const withOrdinals = ranked
      ? text.replace(ranked, (_, roman: string) => ordinal(String(valueOf(roman)), 'masculine'))
      : text
    return withOrdinals
      .replace(counted, (roman) => (roman === roman.toUpperCase() ? asCardinal(roman) : roman))
      .replace(ruler, (roman) => regnal(valueOf(roman)))
      .replace(named, asCardinal)
  }
}

function valueOf(roman: string): number {
  const signs = Array.from(roman, (sign) => values[sign] ?? 0)
  return signs.reduce((sum, value, index) => sum + (value < (signs[index + 1] ?? 0) ? -value : value), 0)
}
