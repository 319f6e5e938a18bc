/** What is done to a sentence before the model sees it. */
import anyAscii from 'any-ascii'

const wordPattern = /\p{L}{2,}/gu
const emojiPattern = /[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}\u200d\ufe0f\u20e3]/u
/** Shorter words in capitals that stand alone are rather acronyms. */
const shoutedLetters = 4

/** Prepares the sentences for one vocabulary. */
export class TextPreparation {
  readonly #isKnown: (text: string) => boolean
  readonly #knownCharacters = new Map<string, boolean>()

  /** @param isKnown whether the vocabulary has all characters of a text. */
  constructor(isKnown: (text: string) => boolean) {
    this.#isKnown = isKnown
  }

  /**
   * @param language ISO 639 code of the sentence.
   * @returns a sentence without capitals where all of it was in capitals, and without unknown characters.
   */
  prepare(sentence: string, language: string): string {
    const text = lowerShouting(sentence, language)
    return this.#isKnown(text) ? text : replaceUnknown(text, (character) => this.#isKnownCharacter(character))
  }

  #isKnownCharacter(character: string): boolean {
    let known = this.#knownCharacters.get(character)
    if (known === undefined) {
      known = this.#isKnown(character)
      this.#knownCharacters.set(character, known)
    }
    return known
  }
}

/**
 * Sentences in capitals come out badly or untranslated, so they are written small with a capital at the start.
 * @param language ISO 639-1 code of the sentence.
 */
export function lowerShouting(sentence: string, language: string): string {
  const words = sentence.match(wordPattern) ?? []
  const isAcronym = words.length <= 1 && (words[0] ?? '').length < shoutedLetters
  if (isAcronym || /\p{Ll}/u.test(sentence)) return sentence
  const small = sentence.toLocaleLowerCase(language)
  return small.replace(/\p{L}/u, (letter) => letter.toLocaleUpperCase(language))
}

/**
 * Replaces the characters that the vocabulary does not have: each would become `<unk>` and be lost or come back as
 * stray punctuation. Dashes, quotes, accents and other scripts become the plain characters nearest to them; emoji
 * and what has no such character go.
 * @param isKnown whether the vocabulary has one character.
 */
export function replaceUnknown(sentence: string, isKnown: (character: string) => boolean): string {
  const replace = (character: string): string => {
    if (/\s/.test(character) || isKnown(character)) return character
    if (emojiPattern.test(character)) return ''
    const base = character.normalize('NFD').charAt(0)
    if (isKnown(base)) return base
    const plain = /[«»]/.test(character) ? '"' : anyAscii(character)
    return Array.from(plain).every(isKnown) ? plain : ''
  }
  return Array.from(sentence.normalize('NFC'), replace)
    .join('')
    .replace(/\s+/g, ' ')
    .replace(/ (?=[.,;:!?])/g, '')
    .trim()
}
