import { type Decoding } from './graphs.ts'

/**
 * The logits after each token of a text. As long as the text is what a draft said, they are there already: the decoder
 * has read the whole draft in one pass. Where the text leaves the draft, the rest of it is forgotten. (Speculative
 * decoding of Y. Leviathan et al., https://arxiv.org/abs/2211.17192, for greedy choices.)
 */
export class DraftReader {
  readonly #decoding: Decoding
  /** What the decoder has read beyond the text, with the logits after each token. */
  #ahead: readonly { readonly token: number; readonly logits: Float32Array }[]

  /** @param rows the logits after each token of `draft`, the last tokens that `decoding` has read */
  constructor(decoding: Decoding, draft: readonly number[], rows: readonly Float32Array[]) {
    this.#decoding = decoding
    this.#ahead = rows.map((logits, index) => ({ token: draft[index] ?? -1, logits }))
  }

  /** Adds a token to the text. @returns the logits after it; the caller may change them */
  async read(token: number): Promise<Float32Array> {
    const [next, ...rest] = this.#ahead
    if (next?.token === token) {
      this.#ahead = rest
      return next.logits
    }
    this.#decoding.truncate(this.#decoding.length - this.#ahead.length)
    this.#ahead = []
    const [logits = new Float32Array(0)] = await this.#decoding.read([token])
    return logits
  }
}
