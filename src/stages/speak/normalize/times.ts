/** Times of day: "7:45 a.m.", "15h30", "23:10". */
import type { Reading, SpokenLanguage } from './language.ts'

/** Its last full stop stays where a new sentence begins after it. */
const half = '(?:[\\s\\u00a0]?([ap])(?:\\.\\s?m(?:\\.(?!\\s+\\p{Lu}))?|m)(?![\\p{L}\\d]))'
const clockTime = new RegExp(
  `(?<![\\p{L}\\d:.,/])([01]?\\d|2[0-4])(?::([0-5]\\d)(?::[0-5]\\d)?(?![\\d:]|[.,]\\d)${half}?|(?:\\.([0-5]\\d))?${half})`,
  'giu',
)
/** Not the length of time that "1 h 20 min" tells. */
const hourTime = /(?<![\p{L}\d:.,/])([01]?\d|2[0-4])[hH](?:([0-5]\d)(?![\p{L}\d])|(?![\p{L}\d]))/gu

const range = /(?<=\d ?(?:[ap]\.?m\.?|:\d\d)) ?[-–] ?(?=\d{1,2}(?::\d\d| ?[ap]\.?m))/giu

export function clockTimes({ clock, signs }: SpokenLanguage): Reading {
  return (text) =>
    text
      .replace(range, ` ${signs.to} `)
      .replace(
        clockTime,
        (
          _,
          hour: string,
          minute: string | undefined,
          ...[letter, shortMinute, shortLetter]: (string | undefined)[]
        ) => {
          return clock(Number(hour), Number(minute ?? shortMinute ?? 0), halfOfDay(letter ?? shortLetter))
        },
      )
}

/** "15h30" as French, Portuguese and Spanish write it. */
export function hourTimes({ clock }: SpokenLanguage): Reading {
  return (text) =>
    text.replace(hourTime, (_, hour: string, minute: string | undefined) =>
      clock(Number(hour), Number(minute ?? 0), undefined),
    )
}

function halfOfDay(letter: string | undefined): 'am' | 'pm' | undefined {
  if (letter === undefined) return undefined
  return letter.toLowerCase() === 'a' ? 'am' : 'pm'
}
