/** Phonemes of a text with its punctuation, which shapes the melody and which phonemizers drop. */
import type { Phonemizer, Word } from './phonemizer.ts'

/** Marks between words; those inside a number, a time or an address are left to the phonemizer. */
const punctuation = /(?:\s*(?:[;:,.!?](?=[\s;:,.!?…"«»”)]|$)|[¡¿—…"«»“”()]))+\s*/gu
const spoken = /\p{L}/u

/**
 * The phonemes of each stretch between two marks, and the marks; empty where there is nothing to pronounce.
 * @param spell writes a word in the symbols of a model.
 */
export function punctuatedPhonemes(
  text: string,
  voice: string,
  phonemizer: Phonemizer,
  spell: (word: Word) => string,
): string {
  const pronounce = (part: string): string =>
    part.trim() === '' ? '' : phonemizer.phonemize(part, voice).map(spell).join(' ')
  let phonemes = ''
  let end = 0
  for (const mark of text.matchAll(punctuation)) {
    phonemes += pronounce(text.slice(end, mark.index)) + mark[0]
    end = mark.index + mark[0].length
  }
  phonemes += pronounce(text.slice(end))
  phonemes = phonemes.replace(/\s+/gu, ' ').trim()
  return spoken.test(phonemes) ? phonemes : ''
}
