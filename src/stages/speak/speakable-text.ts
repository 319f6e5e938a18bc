/**
 * Prepares a written text for a phonemizer: takes out what nobody would read aloud (markup, emoji, the tail of an
 * address, letters of a foreign script) and writes the rest as it is said. In a language without rules for that,
 * numbers stay: the phonemizer reads them.
 */
import { normalizeForSpeech } from './normalize/index.ts'

/**
 * @param language ISO 639-1 code.
 * @returns one line; empty where nothing can be spoken.
 */
export function speakableText(text: string, language: string): string {
  const said = withShortAddresses(normalizeForSpeech(withoutMarkup(text), language))
  const clean = withoutForeignLetters(said.normalize('NFC'), language)
    .replace(/[‘’ʼ`´]/gu, "'")
    .replace(/\s[-–]+\s|[―–]|--+/gu, ' — ')
    .replace(/\.{3,}/gu, '…')
    .replace(unspoken, ' ')
    .replace(endlessWord, '$& ')
    .replace(/\s+/gu, ' ')
    .trim()
  return /[\p{L}\p{N}]/u.test(clean) ? clean : ''
}

/** Emoji and pictures with their joiners, symbols of no spoken name, brackets, control and invisible characters. */
const unspoken =
  /[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}\u200d\ufe0e\ufe0f\u20e3]|[\p{C}\p{Z}]|[*_~^|\\<>{}[\]#♪♫•·†‡§¶©®™°]/gu

/** espeak-ng loses the end of words that are longer than any real one. */
const endlessWord = /\S{80}/gu

function withoutMarkup(text: string): string {
  return text
    .replace(/<\/?[a-z][^<>]*>/giu, ' ')
    .replace(/&(?:nbsp|#\d+);/gu, ' ')
    .replace(/&amp;/gu, '&')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/gu, '$1')
}

function withShortAddresses(text: string): string {
  return text
    .replace(/\b(?:https?|ftp):\/\/(?:www\.)?([^\s/?#:]+)[^\s]*?(?=[.,;:!?)]*(?:\s|$))/giu, '$1')
    .replace(/\bwww\.([^\s/?#]+)[^\s]*?(?=[.,;:!?)]*(?:\s|$))/giu, '$1')
}

/** espeak-ng spells letters of another script one by one ("Chinese letter, Chinese letter"). */
function withoutForeignLetters(text: string, language: string): string {
  return new Intl.Locale(language).maximize().script === 'Latn'
    ? text.replace(/(?!\p{Script=Latin}|\p{Script=Common}|\p{Script=Inherited})\p{L}\p{M}*/gu, '')
    : text
}
