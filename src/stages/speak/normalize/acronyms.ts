/**
 * Words in capitals. Those that are spelled become "U.S.B", which the phonemizer reads as the names of the letters
 * under one stress; the others are left to it.
 */
import type { Reading, SpokenLanguage } from './language.ts'

const capitals = /(?<![\p{L}\d.'’])\p{Lu}{2,6}(?=s?(?![\p{L}\d]|\.\p{L}))/gu
const vowel = /[AEIOUÁÉÍÓÚ]/u

export function acronyms(language: SpokenLanguage): Reading {
  const { letterNames } = language
  return (text) => {
    // Where everything is in capitals, somebody shouts.
    const shouted = !/\p{Ll}/u.test(text) && /\p{Lu}\s+\p{Lu}/u.test(text)
    const spelled = shouted
      ? text
      : text.replace(capitals, (word) => (isSpelled(word, language) ? Array.from(word).join('.') : word))
    return letterNames === undefined ? spelled : nameLetters(spelled, letterNames)
  }
}

function isSpelled(
  word: string,
  { saidAcronyms, spelledAcronyms, saysShortAcronyms }: SpokenLanguage,
): boolean {
  if (saidAcronyms.has(word)) return false
  if (spelledAcronyms.has(word) || word.length === 2) return true
  const shape = Array.from(word, (letter) => (vowel.test(letter) ? 'V' : 'C')).join('')
  if (!shape.includes('V')) return true
  return word.length === 3 && !(saysShortAcronyms && /^(?:CVC|VCV|CVV)$/u.test(shape))
}

function nameLetters(text: string, names: Readonly<Record<string, string>>): string {
  return text.replace(/(?<![\p{L}\p{M}])[A-Za-z](?:\.[A-Za-z])*(?![\p{L}\p{M}])/gu, (letters) =>
    letters
      .split('.')
      .map((letter) => names[letter.toUpperCase()] ?? letter)
      .join(' '),
  )
}
