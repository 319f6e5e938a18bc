/** Numbers as they are written in a language, and how they are read. */
import type { Gender, Reading, SpokenLanguage } from './language.ts'

/** Longer numerals are nobody's amounts: their digits are said one by one. */
const mostDigits = 15

/** The source of an expression for an unsigned number, with grouped thousands and decimals. */
export function numberSource({ decimalMark }: SpokenLanguage): string {
  // Indian numerals group by two ("12,50,000").
  return decimalMark === '.'
    ? '(?:[1-9]\\d{0,2}(?:,\\d{2,3})*,\\d{3}(?!\\d)(?:\\.\\d+)?|\\d+(?:\\.\\d+)?)'
    : '(?:[1-9]\\d{0,2}(?:[.\\u00a0\\u202f]\\d{3})+(?!\\d)(?:,\\d+)?|\\d+(?:[.,]\\d+)?)'
}

/** @param written unsigned, as {@link numberSource} finds it. */
export function readNumber(written: string, language: SpokenLanguage, gender: Gender = 'masculine'): string {
  const { integer, decimals, markName } = parts(written, language)
  if (decimals === undefined) return readInteger(integer, language, gender)
  return `${readInteger(integer, language, 'masculine')} ${markName} ${readDecimals(decimals, language)}`
}

/** A number before the noun that it counts. */
export function readCount(written: string, noun: string, language: SpokenLanguage, gender?: Gender): string {
  const words = readNumber(written, language, gender)
  return language.beforeNoun && parts(written, language).decimals === undefined
    ? language.beforeNoun(words, noun)
    : words
}

/** Whether exactly one is counted. */
export function isOne(written: string, language: SpokenLanguage): boolean {
  const { integer, decimals } = parts(written, language)
  return integer === '1' && decimals === undefined
}

function parts(
  written: string,
  { decimalMark, decimalName, signs }: SpokenLanguage,
): { integer: string; decimals: string | undefined; markName: string } {
  const grouped =
    decimalMark === '.' ? /^\d{1,3}(?:,\d{2,3})*,\d{3}(?=\.|$)/u : /^\d{1,3}(?:[.\u00a0\u202f]\d{3})+(?=,|$)/u
  const plain = written.replace(grouped, (digits) => digits.replace(/\D/gu, ''))
  const [integer = '', decimals] = plain.split(/[.,]/u)
  const markName = plain.includes(decimalMark) ? decimalName : signs.dot
  return { integer, decimals, markName }
}

export function readInteger(digits: string, language: SpokenLanguage, gender: Gender): string {
  if ((digits.startsWith('0') && digits.length > 1) || digits.length > mostDigits) {
    return readDigits(digits, language)
  }
  return language.cardinal(digits, gender)
}

/** @param zero what is said for 0; its numeral where left out. */
export function readDigits(digits: string, { cardinal }: SpokenLanguage, zero?: string): string {
  return Array.from(digits, (digit) =>
    digit === '0' && zero !== undefined ? zero : cardinal(digit, 'masculine'),
  ).join(' ')
}

function readDecimals(digits: string, language: SpokenLanguage): string {
  const significant = digits.replace(/^0+/u, '')
  if (language.decimalsOneByOne || significant.length > 3 || significant === '') {
    return readDigits(digits, language)
  }
  const zeros = readDigits(digits.slice(0, digits.length - significant.length), language)
  return `${zeros} ${language.cardinal(significant, 'masculine')}`.trim()
}

/** Ordinals: "21st", "3ª", "1er". */
export function ordinals(language: SpokenLanguage): Reading {
  const marks = (['feminine', 'masculine'] as const).map((gender) => ({
    gender,
    written: new RegExp(`(?<![\\p{L}\\d.,])(\\d{1,4})${language.ordinalMarks[gender]}(?![\\p{L}\\d])`, 'giu'),
  }))
  return (text) =>
    marks.reduce(
      (rest, { gender, written }) =>
        rest.replace(written, (_, digits: string) => language.ordinal(digits, gender)),
      text,
    )
}

/** Versions and other chains: "2.0.1". */
export function versions(language: SpokenLanguage): Reading {
  const mark = language.decimalMark === '.' ? language.decimalName : language.signs.dot
  const grouped = /^\d{1,3}(?:\.\d{3})+$/u
  return (text) =>
    text.replace(/(?<![\p{L}\d.,])\d+(?:\.\d+){2,}(?![\d,])/gu, (chain) =>
      language.decimalMark === ',' && grouped.test(chain)
        ? chain
        : chain
            .split('.')
            .map((digits) => readInteger(digits, language, 'masculine'))
            .join(` ${mark} `),
    )
}

/** Digits after a word such as "code" or "room", one by one. */
export function codes(language: SpokenLanguage): Reading {
  const code = new RegExp(`(?<=(?<!\\p{L})(?:${language.codeWords}) )\\d+(?![\\p{L}\\d/]|[.,:]\\d)`, 'giu')
  return (text) => text.replace(code, (digits) => readDigits(digits, language, language.codeZero))
}

/** Every number that is left, in the gender of the noun after it. */
export function cardinals(language: SpokenLanguage): Reading {
  const number = numberSource(language)
  const counted = new RegExp(`(?<![\\d.,])(${number})(?=(?: (\\p{L}[\\p{L}\\p{M}]*))?)`, 'gu')
  // What is counted is in the plural; another word after a number, such as a verb, says nothing of its gender.
  const genderAfter = (written: string, noun: string): Gender =>
    written === '1' || noun.endsWith('s') ? language.genderOf(noun) : 'masculine'
  const year = /^(?:1[1-9]|20)\d\d$/u
  return (text) =>
    text
      .replace(/(?<=\p{L}\p{M}*)-?(?=\d)|(?<=\d)(?=\p{L})(?!ish\b)/gu, ' ')
      .replace(counted, (_, written: string, noun: string | undefined) =>
        year.test(written)
          ? language.year(written)
          : noun === undefined
            ? readNumber(written, language)
            : readCount(written, noun, language, genderAfter(written, noun)),
      )
      .replace(/\d+/gu, (digits) => readInteger(digits, language, 'masculine'))
}
