/** Dates in figures; those with the name of a month are data of a language. */
import { replaceAll } from './abbreviations.ts'
import type { Reading, SpokenLanguage } from './language.ts'

const isoDate = /(?<![\p{L}\d-])(\d{4})-(0?[1-9]|1[0-2])-(0?[1-9]|[12]\d|3[01])(?![\d-])/gu
const slashDate = /(?<![\p{L}\d/.-])(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?![\d/-]|\.\d)/gu

/** Day first, as most of the world writes it, unless only the other way makes a date. */
export function dates({ date, writtenDates }: SpokenLanguage): Reading {
  const say = (day: string, month: string, year: string | undefined): string =>
    date(String(Number(day)), Number(month), year)
  return (text) => {
    const figures = text
      .replace(isoDate, (_, year: string, month: string, day: string) => say(day, month, year))
      .replace(slashDate, (written, first: string, _mark, second: string, year: string) => {
        if (isDay(first) && isMonth(second)) return say(first, second, fullYear(year))
        return isMonth(first) && isDay(second) ? say(second, first, fullYear(year)) : written
      })
    return replaceAll(figures, writtenDates)
  }
}

function isDay(digits: string): boolean {
  return Number(digits) >= 1 && Number(digits) <= 31
}

function isMonth(digits: string): boolean {
  return Number(digits) >= 1 && Number(digits) <= 12
}

function fullYear(year: string): string {
  if (year.length === 4) return year
  return Number(year) < 50 ? `20${year}` : `19${year}`
}
