/** What stands between two numbers, and signs before one: fractions, ranges, sizes, sums, ratios. */
import type { Reading, SpokenLanguage } from './language.ts'
import { numberSource, readInteger } from './numbers.ts'

const vulgarFractions: Readonly<Record<string, string>> = {
  '½': '1/2',
  '⅓': '1/3',
  '⅔': '2/3',
  '¼': '1/4',
  '¾': '3/4',
  '⅕': '1/5',
  '⅛': '1/8',
}

export function fractions(language: SpokenLanguage): Reading {
  const written = /(?<![\p{L}\d.,/])(?:(\d{1,3}) )?(\d{1,3})\/(\d{1,3})(?![\p{L}\d/]|[.,]\d)/gu
  return (text) =>
    text
      .replace(/(\d?)([½⅓⅔¼¾⅕⅛])/gu, (_, whole: string, sign: string) =>
        `${whole} ${vulgarFractions[sign] ?? sign}`.trimStart(),
      )
      .replace(written, (match, whole: string | undefined, top: string, bottom: string) => {
        const name = language.fraction(Number(top), Number(bottom))
        if (whole !== undefined) {
          return name === undefined
            ? match
            : `${readInteger(whole, language, 'masculine')} ${language.mixedJoint} ${name}`
        }
        const [first, second] = [top, bottom].map((digits) => readInteger(digits, language, 'masculine'))
        return name ?? `${first} ${language.signs.over} ${second}`
      })
}

/** "3 × 4", "7 + 5 = 12", "10-15", "<5", "~40": the numbers themselves are read later. */
export function operators(language: SpokenLanguage): Reading {
  const { signs } = language
  const number = `(?:${numberSource(language)})`
  const between = (source: string): RegExp =>
    new RegExp(`(?<=\\d[\\p{L}°%²³"'’]{0,3}\\)?\\s?)${source}(?=\\s?[-−(]?[$€£]?\\d)`, 'gu')
  const pairs: readonly (readonly [RegExp, string])[] = [
    [/(?<=\d(?: ?\p{L}{1,2})?) ?x ?(?=\d)/gu, ` ${signs.by} `],
    [/(?<=\d ?\p{L}{1,2}) ?× ?(?=\d)/gu, ` ${signs.by} `],
    [/(?<=\d ?h) ?(?=\d{1,2} ?min(?!\p{L}))/gu, ` ${signs.and} `],
    [between('\\s?[×*]\\s?'), ` ${signs.times} `],
    [between('\\s?÷\\s?|(?<=\\s)/\\s'), ` ${signs.dividedBy} `],
    [between('\\s?\\+\\s?'), ` ${signs.plus} `],
    [between('\\s?=\\s?'), ` ${signs.equals} `],
    [between('(?<=\\s)[-−]\\s'), ` ${signs.minus} `],
    [new RegExp(`(?<=(?<![\\p{L}\\d.,-])${number}%?)[-–—](?=${number}(?![\\d-]))`, 'gu'), ` ${signs.to} `],
    // A sign before a number belongs to it.
    [/(?<![\p{L}\d\p{Pc}\-−)%])[-−](?=(?:[A-Z]{0,2}\$|[€£¥₹])? ?\d)/gu, `${signs.minus} `],
    [/±\s?(?=\d)/gu, `${signs.plusOrMinus} `],
    [/[~≈]\s?(?=[$€£R]?\d|[A-Z]{1,2}\$)/gu, `${signs.about} `],
    [/>\s?(?=\d)/gu, `${signs.moreThan} `],
    [/<\s?(?=\d)/gu, `${signs.lessThan} `],
    [/(?<![\p{L}\d])(?:#|[nN][º°]\.?|№)\s?(?=\d)/gu, `${signs.number} `],
    [/(?<!\d)(\d{1,3}):(?=\d{1,3}(?:[.,]\d{3})*(?!\d))/gu, `$1 ${signs.to} `],
  ]
  return (text) => pairs.reduce((rest, [written, spoken]) => rest.replace(written, spoken), text)
}

/** Signs between words, after all numbers. */
export function looseSigns({ signs }: SpokenLanguage): Reading {
  return (text) =>
    text
      .replace(/(?<=\S )&(?= \S)|(?<=\p{L})&(?=\p{L})/gu, (_sign, offset: number, whole: string) =>
        whole[offset - 1] === ' ' ? signs.and : ` ${signs.and} `,
      )
      .replace(/(?<=\p{L} )\+(?= \p{L})/gu, signs.plus)
      .replace(/(?<=\p{L} )=(?= \p{L})/gu, signs.equals)
      .replace(/(?<=\p{L})\/(?=\p{L})/gu, ' ')
      .replace(/%/gu, ` ${signs.percent} `)
}
