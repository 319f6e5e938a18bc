/** How many words, and how many characters, of a text were heard wrongly. */
import { whisperWords } from './scores/whisper-text.ts'

export interface WordErrors {
  readonly errors: number
  readonly words: number
}

export interface CharacterErrors {
  readonly errors: number
  readonly characters: number
}

/** @param language ISO 639-1, of both texts; English has rules of its own. */
export function countWordErrors(reference: string, heard: string, language?: string): WordErrors {
  const expected = whisperWords(reference, language)
  return { errors: countEdits(expected, whisperWords(heard, language)), words: expected.length }
}

/** Of the same words, the spaces between them included. */
export function countCharacterErrors(reference: string, heard: string, language?: string): CharacterErrors {
  const [expected, actual] = [reference, heard].map((text) => [
    ...whisperWords(text, language).join(' '),
  ]) as [string[], string[]]
  return { errors: countEdits(expected, actual), characters: expected.length }
}

/** The least number of items to insert, delete or replace (V. I. Levenshtein, 1966). */
export function countEdits(expected: readonly string[], actual: readonly string[]): number {
  let row = Array.from({ length: actual.length + 1 }, (_, index) => index)
  for (const [index, item] of expected.entries()) {
    const next = [index + 1]
    for (const [column, other] of actual.entries()) {
      const replaced = (row[column] ?? 0) + (item === other ? 0 : 1)
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
