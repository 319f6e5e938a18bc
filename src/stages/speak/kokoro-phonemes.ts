/**
 * The phoneme alphabet of Kokoro, which hibari shares: 114 symbols of IPA, with a letter of their own for diphthongs
 * and affricates, and the punctuation that shapes the melody.
 *
 * The mapping from espeak-ng is that of misaki (https://github.com/hexgrad/misaki, `espeak.py`, Apache-2.0), with which
 * Kokoro was trained.
 */
import type { Phonemizer, Word } from './phonemizer.ts'
import { punctuatedPhonemes } from './punctuated-phonemes.ts'

/** Runs of symbols with consecutive ids. */
const runs: readonly (readonly [firstId: number, symbols: string])[] = [
  [1, ';:,.!?'],
  [9, '—…"()“” \u0303ʣʥʦʨᵝꭧAI'],
  [31, 'O'],
  [33, 'Q'],
  [35, 'ST'],
  [39, 'W'],
  [41, 'Yᵊabcdef'],
  [50, 'hijklmnopqrstuvwxyzɑɐɒæ'],
  [75, 'βɔɕç'],
  [80, 'ɖðʤə'],
  [85, 'ɚɛɜ'],
  [90, 'ɟ'],
  [92, 'ɡ'],
  [99, 'ɥ'],
  [101, 'ɨɪʝ'],
  [110, 'ɯɰŋɳɲɴø'],
  [118, 'ɸθœ'],
  [123, 'ɹ'],
  [125, 'ɾɻ'],
  [128, 'ʁɽʂʃʈʧ'],
  [135, 'ʊʋ'],
  [138, 'ʌɣɤ'],
  [142, 'χʎ'],
  [147, 'ʒʔ'],
  [156, 'ˈˌː'],
  [162, 'ʰ'],
  [164, 'ʲ'],
  [169, '↓'],
  [171, '→↗↘'],
  [177, 'ᵻ'],
]

/** Ids of the symbols; 0 pads both ends of a text. */
export const vocabulary: ReadonlyMap<string, number> = new Map(
  runs.flatMap(([firstId, symbols]) => Array.from(symbols, (symbol, offset) => [symbol, firstId + offset])),
)

/**
 * The symbols in which a text is spoken; empty where there is nothing to pronounce.
 * @param voice of the phonemizer. `en-us` gets the spelling of Kokoro's American voices, on which hibari was trained.
 */
export function kokoroPhonemes(text: string, voice: string, phonemizer: Phonemizer): string {
  return punctuatedPhonemes(text, voice, phonemizer, voice === 'en-us' ? americanWord : plainWord)
}

/** Ids with the padding at both ends. Symbols that Kokoro does not have (`¿`, `-`) are left out. */
export function tokenIds(phonemes: string): number[] {
  const ids = Array.from(phonemes, (symbol) => vocabulary.get(symbol))
  return [0, ...ids.filter((id) => id !== undefined), 0]
}

const singleLetters: readonly (readonly [ipa: string, letter: string])[] = [
  ['aɪ', 'I'],
  ['aʊ', 'W'],
  ['dz', 'ʣ'],
  ['dʒ', 'ʤ'],
  ['eɪ', 'A'],
  ['oʊ', 'O'],
  ['əʊ', 'Q'],
  ['ss', 'S'],
  ['ts', 'ʦ'],
  ['tʃ', 'ʧ'],
  ['ɔɪ', 'Y'],
]

function plainWord(word: Word): string {
  const phonemes = word.map((phoneme) =>
    singleLetters.reduce((rest, [ipa, letter]) => rest.replaceAll(ipa, letter), phoneme),
  )
  // A consonant that is a syllable is written with a vowel before it.
  return phonemes
    .join('')
    .replaceAll('-', '')
    .replace(/(.)\u0329/gu, 'ᵊ$1')
}

const american: readonly (readonly [espeak: RegExp, kokoro: string])[] = [
  [/r/gu, 'ɹ'],
  [/ɚɹ?/gu, 'əɹ'],
  [/ɐ/gu, 'ə'],
  [/ʲ/gu, 'j'],
  [/ɜːɹ?/gu, 'ɜɹ'],
  [/ː/gu, ''],
  [/x/gu, 'k'],
  [/ɾ/gu, 'T'],
  [/ʔ/gu, 't'],
  [/ɹ+/gu, 'ɹ'],
]

function americanWord(word: Word): string {
  return american.reduce((rest, [espeak, kokoro]) => rest.replace(espeak, kokoro), plainWord(word))
}
