/**
 * Word errors between a text and what was heard, after lower-casing, dropping accents (some references leave them out)
 * and punctuation, and collapsing spaces.
 */
export interface WordErrors {
  readonly errors: number
  readonly words: number
}

export function normalizeWords(text: string): string[] {
  return text
    .toLowerCase()
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\p{L}\p{N}\s]/gu, ' ')
    .split(/\s+/)
    .filter((word) => word !== '')
}

/** The least number of words to insert, delete or replace (V. I. Levenshtein, 1966). */
export function countWordErrors(reference: string, heard: string): WordErrors {
  const expected = normalizeWords(reference)
  const actual = normalizeWords(heard)
  let row = Array.from({ length: actual.length + 1 }, (_, index) => index)
  for (const [index, word] of expected.entries()) {
    const next = [index + 1]
    for (const [column, other] of actual.entries()) {
      const replaced = (row[column] ?? 0) + (word === other ? 0 : 1)
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1))
    }
    row = next
  }
  return { errors: row.at(-1) ?? 0, words: expected.length }
}
