/**
 * LocalAgreement-2 (D. Macháček et al., Turning Whisper into Real-Time Transcription System, 2023): words on which two
 * hypotheses in a row agree are settled. They are given to the recogniser as the beginning of the next hypothesis, so
 * that they cannot change any more.
 *
 * A word is settled only where agreed words follow it: the last one may be cut in the middle, and a mark behind it
 * depends on what comes. Of 100 words that settle this way, a pass over the whole utterance would hear 5 otherwise; where
 * one word has to follow it is 7, where three have to 4.
 */
import type { HeardWord } from './recognizer.ts'

const agreedWordsBehind = 2

const isMark = ({ text }: HeardWord): boolean => !/[\p{L}\p{N}]/u.test(text)

export class LocalAgreement {
  #settled: readonly HeardWord[] = []
  #open: readonly HeardWord[] = []

  get settled(): readonly HeardWord[] {
    return this.#settled
  }

  /** The rest of the newest hypothesis. */
  get open(): readonly HeardWord[] {
    return this.#open
  }

  /** The settled words as the recogniser takes them. */
  get prefix(): readonly number[] {
    return tokensOf(this.#settled)
  }

  /** The open words as the recogniser takes them. */
  get draft(): readonly number[] {
    return tokensOf(this.#open)
  }

  /** @param words the newest hypothesis, which begins with the settled words. */
  update(words: readonly HeardWord[]): void {
    const fresh = this.#behindSettled(words)
    const differs = fresh.findIndex((word, index) => word.text !== this.#open[index]?.text)
    const agreed = differs === -1 ? fresh : fresh.slice(0, differs)
    const wordsAt = agreed.flatMap((word, index) => (isMark(word) ? [] : [index]))
    const newlySettled = agreed.slice(0, wordsAt.at(-agreedWordsBehind) ?? 0)
    this.#settled = [...this.#settled, ...newlySettled]
    this.#open = fresh.slice(newlySettled.length)
  }

  /** What comes behind the settled words in a hypothesis. */
  #behindSettled(words: readonly HeardWord[]): readonly HeardWord[] {
    let left = this.prefix.length
    const first = words.findIndex(({ tokens }) => {
      if (left <= 0) return true
      left -= tokens.length
      return false
    })
    return first === -1 ? [] : words.slice(first)
  }
}

/** What a reader sees of the words. */
export function textOf(words: readonly HeardWord[]): string {
  return words
    .map(({ text }) => text)
    .join('')
    .trim()
}

/** The words without the marks at their end, which depend on what comes. */
export function withoutLastMarks(words: readonly HeardWord[]): readonly HeardWord[] {
  return words.slice(0, words.findLastIndex((word) => !isMark(word)) + 1)
}

function tokensOf(words: readonly HeardWord[]): number[] {
  return words.flatMap(({ tokens }) => tokens)
}
