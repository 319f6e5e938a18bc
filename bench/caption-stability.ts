/** How captions behave on the screen while they grow. */

/** A caption as it was shown, one after the other, the last one final. */
export interface Caption {
  /** `performance.now()` at which it came. */
  readonly at: number
  readonly text: string
  /** So many characters at its beginning were promised not to change. */
  readonly stable: number
  readonly final: boolean
}

export function toWords(text: string): string[] {
  return text.split(/\s+/u).filter((word) => word !== '')
}

/**
 * Words that were shown and taken back, over all changes; divided by the words of the last caption it is the
 * normalised erasure (Arivazhagan et al., "Re-translation versus Streaming for Simultaneous Translation", 2020). A
 * change of punctuation or case counts: the reader sees it.
 */
export function countErasedWords(captions: readonly Caption[]): number {
  let erased = 0
  let shown: readonly string[] = []
  for (const { text } of captions) {
    const words = toWords(text)
    const kept = words.findIndex((word, index) => word !== shown[index])
    erased += kept === -1 ? Math.max(0, shown.length - words.length) : Math.max(0, shown.length - kept)
    shown = words
  }
  return erased
}

export interface BrokenPromise {
  readonly promised: string
  readonly shown: string
}

/** Every later caption has to begin with what was promised. */
export function findBrokenPromises(captions: readonly Caption[]): BrokenPromise[] {
  return captions.flatMap(({ text, stable }, index) => {
    const promised = text.slice(0, stable)
    const next = captions[index + 1]
    return next && !next.text.startsWith(promised) ? [{ promised, shown: next.text }] : []
  })
}

/** The words that were promised before the final caption came. */
export function countPromisedWords(captions: readonly Caption[]): number {
  const last = captions.findLast(({ final }) => !final)
  return last ? toWords(last.text.slice(0, last.stable)).length : 0
}

/** When each word of the final caption was shown and stayed, at its place, to the end. */
export function findShownAt(captions: readonly Caption[]): number[] {
  const final = toWords(captions.at(-1)?.text ?? '').map(plain)
  const shown = captions.map(({ at, text }) => ({ at, words: toWords(text).map(plain) }))
  return final.map((word, index) => {
    const lastWithout = shown.findLastIndex(({ words }) => words[index] !== word)
    return shown[lastWithout + 1]?.at ?? NaN
  })
}

/** A reader takes a word as the same whatever its case and the marks around it. */
function plain(word: string): string {
  return word.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
}

/**
 * When each word had been said, if every character took the same time.
 * @returns milliseconds from the start of the span
 */
export function estimateWordEndsMs(words: readonly string[], spanMs: number): number[] {
  const total = words.reduce((sum, word) => sum + word.length + 1, 0)
  let said = 0
  return words.map((word) => ((said += word.length + 1) / total) * spanMs)
}

/** Which of `words` stand in a longest common subsequence with `others`. */
export function findCommonWords(words: readonly string[], others: readonly string[]): boolean[] {
  const lengths = Array.from({ length: words.length + 1 }, () => new Uint16Array(others.length + 1))
  const length = (row: number, column: number): number => lengths[row]?.[column] ?? 0
  for (let row = words.length - 1; row >= 0; row--) {
    for (let column = others.length - 1; column >= 0; column--) {
      const common =
        words[row] === others[column]
          ? length(row + 1, column + 1) + 1
          : Math.max(length(row + 1, column), length(row, column + 1))
      lengths[row]?.fill(common, column, column + 1)
    }
  }
  const found = words.map(() => false)
  for (let row = 0, column = 0; row < words.length && column < others.length;) {
    if (words[row] === others[column]) {
      found[row++] = true
      column++
    } else if (length(row + 1, column) >= length(row, column + 1)) row++
    else column++
  }
  return found
}
