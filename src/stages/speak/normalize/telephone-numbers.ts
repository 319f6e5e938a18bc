/** Telephone numbers, said digit by digit with a pause between their groups. */
import type { Reading, SpokenLanguage } from './language.ts'
import { readDigits } from './numbers.ts'

/** With a country or area code, with a leading zero, of the form 555-0142, or of a code such as 123.456.789-00: a group of four or more is no range. */
const telephone =
  /(?<![\p{L}\d.,/-])(?:\+\d{1,3}(?:[ .-]?\(?\d{1,5}\)?){2,6}|\(\d{1,4}\) ?\d{3,5}[ .-]?\d{3,4}|0\d{1,4}(?:[ .-]\d{2,4}){1,5}|\d{3}-\d{3}-\d{4}|\d{3}\.\d{3}\.\d{3}-\d{2}|\d{5}-\d{3}|[6-9]\d{4} \d{5}|\d{3}-0\d{3}|\d{4,5}-\d{4})(?![\p{L}\d/-]|[.,:]\d)/gu

export function telephoneNumbers(language: SpokenLanguage): Reading {
  const sayGroup = language.telephoneGroup ?? ((digits) => readDigits(digits, language, language.codeZero))
  return (text) =>
    text.replace(telephone, (number) => {
      const groups = number.match(/\d+/gu) ?? []
      const plus = number.startsWith('+') ? `${language.signs.plus} ` : ''
      return plus + groups.map((digits) => sayGroup(digits)).join(', ')
    })
}
