/** What a recogniser heard wrongly of a text that was spoken. */
import anyAscii from 'any-ascii'
import { normalizeForSpeech } from '../../src/stages/speak/normalize/index.ts'
import { speakableText } from '../../src/stages/speak/speakable-text.ts'
import { countCharacterErrors, countEdits, countWordErrors } from '../word-error-rate.ts'

export interface ErrorCount {
  readonly errors: number
  readonly of: number
}

export interface HearingErrors {
  readonly characters: ErrorCount
  /** Undefined where only consonants can be compared. */
  readonly words: ErrorCount | undefined
}

/**
 * Whisper writes Hindi in Arabic letters more often than in its own. They leave out the short vowels, and no two scripts
 * tell the same consonants apart: what is left to compare is the consonants, in Latin letters, without their
 * aspiration.
 */
export function hearsConsonantsAlone(language: string): boolean {
  return language === 'hi'
}

/**
 * Compares the two texts as they are written, and as they are said, with numbers in words: the recogniser may write
 * "10h30" or "dez e meia". The better of the two counts, for words and for characters.
 * @param language ISO 639-1 code
 */
export function countHearingErrors(text: string, heard: string, language: string): HearingErrors {
  const said = speakableText(text, language)
  const heardSaid = normalizeForSpeech(heard, language)
  if (hearsConsonantsAlone(language)) {
    return { characters: countConsonantErrors(said, heardSaid), words: undefined }
  }
  const words = [countWordErrors(text, heard, language), countWordErrors(said, heardSaid, language)]
  const characters = [
    countCharacterErrors(text, heard, language),
    countCharacterErrors(said, heardSaid, language),
  ]
  return {
    words: lowestRate(words.map((count) => ({ errors: count.errors, of: count.words }))),
    characters: lowestRate(characters.map((count) => ({ errors: count.errors, of: count.characters }))),
  }
}

function countConsonantErrors(text: string, heard: string): ErrorCount {
  const expected = consonants(text)
  return { errors: countEdits(expected, consonants(heard)), of: expected.length }
}

function consonants(text: string): string[] {
  const latin = anyAscii(text.normalize('NFC').replace(/[ँं]/gu, 'n')).toLowerCase()
  return [
    ...latin
      .replace(/sh/g, 's')
      .replace(/q/g, 'k')
      .replace(/(?<=[bcdgjkpt])h/g, '')
      .replace(/[^a-z]|[aeiouvwy]/g, ''),
  ]
}

function lowestRate(counts: readonly ErrorCount[]): ErrorCount {
  return counts.reduce((best, count) => (count.errors * best.of < best.errors * count.of ? count : best))
}
