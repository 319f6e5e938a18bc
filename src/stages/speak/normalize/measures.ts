/** Numbers with units, percentages, temperatures and sizes. */
import type { Noun, Reading, SpokenLanguage } from './language.ts'
import { alternatives } from './money.ts'
import { isOne, numberSource, readCount, readNumber } from './numbers.ts'

export function measures(language: SpokenLanguage): Reading {
  const { units, signs } = language
  const bySymbol = new Map(Object.entries(units))
  const symbol = alternatives(Object.keys(units))
  const measured = new RegExp(
    `(?<![\\p{L}\\d.,])(${numberSource(language)})[\\s\\u00a0\\u202f-]?(${symbol})(?:/(${symbol})|([²³]))?(?![\\p{L}\\p{M}\\d/²³])`,
    'gu',
  )
  const percentage = new RegExp(`(${numberSource(language)})[\\s\\u00a0\\u202f]?%`, 'gu')
  const unitName = (unit: Noun, one: boolean, power: string | undefined): string => {
    const name = one ? unit.one : unit.many
    if (power === undefined) return name
    const [squared, cubed] = one ? language.powers.one : language.powers.many
    const powerName = power === '²' ? squared : cubed
    return language.powerFirst ? `${powerName} ${name}` : `${name} ${powerName}`
  }
  return (text) =>
    text
      .replace(percentage, (_, written: string) => `${readNumber(written, language)} ${signs.percent}`)
      .replace(
        measured,
        (
          _,
          written: string,
          numerator: string,
          denominator: string | undefined,
          power: string | undefined,
        ) => {
          const unit = bySymbol.get(numerator)
          if (!unit) return written
          const words = readCount(written, unit.many, language, unit.gender)
          const name = language.afterMillions(unitName(unit, isOne(written, language), power), words)
          const per = denominator === undefined ? undefined : bySymbol.get(denominator)
          return per ? `${words} ${name} ${signs.per} ${per.one}` : `${words} ${name}`
        },
      )
}
