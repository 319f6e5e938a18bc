/** Groups the tokens of a text into words, so that hypotheses about the same speech can be compared. */
import { type HeardWord } from '../recognizer.ts'
import { secondsPerTimestamp } from './token-rules.ts'
import { type Vocabulary } from './vocabulary.ts'

/** Tokens that make whole characters together, and the timestamps before them. */
interface Piece {
  readonly text: string
  readonly tokens: readonly number[]
}

const startsWithSpace = /^\s/
const startsWithLetterOrDigit = /^[\p{L}\p{N}]/u
const startsWithCombiningMark = /^\p{M}/u
const punctuation = /^\s*[\p{P}\p{S}]+$/u
/** Scripts that put no spaces between words. */
const spaceless =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u

/**
 * A space begins a word, and so does punctuation, except inside of a word as in "l'eau" and "3.5". In scripts without
 * spaces every token that ends with a whole character is a word.
 *
 * @param tokens text and timestamps of one window; timestamps go with the word after them, those at the end with none
 * @param firstTimestamp the lowest id of a timestamp
 */
export function toWords(
  tokens: readonly number[],
  vocabulary: Vocabulary,
  firstTimestamp: number,
): HeardWord[] {
  const words: { text: string; tokens: number[]; startMs?: number }[] = []
  const pieces = toPieces(tokens, vocabulary, firstTimestamp)
  for (const [index, { text, tokens }] of pieces.entries()) {
    const word = words.at(-1)
    if (word && continuesWord(text, word.text, pieces[index + 1]?.text ?? '')) {
      word.text += text
      word.tokens.push(...tokens)
    } else {
      const timestamp = tokens.findLast((token) => token >= firstTimestamp)
      const startMs = timestamp === undefined ? undefined : toMs(timestamp - firstTimestamp)
      words.push({ text, tokens: [...tokens], ...(startMs !== undefined && { startMs }) })
    }
  }
  return words
}

/**
 * @param word what the word has so far
 * @param next the text after `text`
 */
function continuesWord(text: string, word: string, next: string): boolean {
  if (startsWithSpace.test(text)) return false
  if (startsWithCombiningMark.test(text)) return true
  if (punctuation.test(word) || spaceless.test(word) || spaceless.test(text)) return false
  return !punctuation.test(text) || (startsWithLetterOrDigit.test(next) && !spaceless.test(next))
}

function toPieces(tokens: readonly number[], vocabulary: Vocabulary, firstTimestamp: number): Piece[] {
  const pieces: Piece[] = []
  let pending: number[] = []
  let opensSegment = true
  const close = (): void => {
    const text = vocabulary.decode(pending)
    if (text.trim() === '') return
    // Between segments the text has one space, whatever the tokens say.
    pieces.push({ text: opensSegment ? ` ${text.trimStart()}` : text, tokens: pending })
    pending = []
    opensSegment = false
  }
  for (const token of tokens) {
    if (token >= firstTimestamp) {
      close()
      opensSegment = true
    }
    pending.push(token)
    if (token < firstTimestamp && vocabulary.endsCharacter(pending)) close()
  }
  close()
  return pieces
}

function toMs(timestamps: number): number {
  return Math.round(timestamps * secondsPerTimestamp * 1000)
}
