/** Amounts of money: "$5", "12,99 €", "R$ 2,5 milhões", "15 EUR". */
import type { Currency, Noun, Reading, SpokenLanguage } from './language.ts'
import { isOne, numberSource, readCount, readNumber } from './numbers.ts'

export function money(language: SpokenLanguage): Reading {
  const { currencies, scales } = language
  const bySign = new Map(Object.entries(currencies))
  const sign = alternatives(Object.keys(currencies))
  const amount = `(${numberSource(language)})(?:[\\s\\u00a0]?(${alternatives(Object.keys(scales))})(?![\\p{L}\\p{M}\\d]))?`
  const signFirst = new RegExp(`(?<![\\p{L}\\d])(${sign})[\\s\\u00a0]?${amount}`, 'gu')
  const signLast = new RegExp(`(?<![\\d.,])${amount}[\\s\\u00a0\\u202f]?(${sign})(?![\\p{L}\\d])`, 'gu')

  const say = (symbol: string, written: string, scale: string | undefined): string => {
    const currency = bySign.get(symbol)
    if (!currency) return written
    const name = scales[scale ?? '']
    return name === undefined
      ? plainAmount(written, currency, language)
      : scaledAmount(written, name, currency)
  }
  const scaledAmount = (written: string, scale: string, { many }: Currency): string =>
    `${readNumber(written, language)} ${scale} ${language.afterMillions(many, scale)}`

  return (text) =>
    text
      .replace(signFirst, (_, symbol: string, written: string, scale: string | undefined) =>
        say(symbol, written, scale),
      )
      .replace(signLast, (_, written: string, scale: string | undefined, symbol: string) =>
        say(symbol, written, scale),
      )
}

function plainAmount(written: string, currency: Currency, language: SpokenLanguage): string {
  const split = /^(.*)[.,](\d\d)$/u.exec(written)
  if (!split || !currency.cent) return count(written, currency, language)
  const [, whole = '', cents = ''] = split
  const centDigits = String(Number(cents))
  if (centDigits === '0') return count(whole, currency, language)
  const said = count(centDigits, currency.cent, language)
  return whole === '0' ? said : `${count(whole, currency, language)} ${language.centJoint} ${said}`
}

function count(written: string, noun: Noun, language: SpokenLanguage): string {
  if (isOne(written, language)) return `${readCount(written, noun.one, language, noun.gender)} ${noun.one}`
  const words = readCount(written, noun.many, language, noun.gender)
  return `${words} ${language.afterMillions(noun.many, words)}`
}

/** The source of an expression for any of these signs, longest first. */
export function alternatives(signs: readonly string[]): string {
  return signs
    .toSorted((a, b) => b.length - a.length)
    .map((sign) => sign.replace(/[$.*+?^()[\]{}|\\/]/gu, '\\$&'))
    .join('|')
}
