import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SentencePiece } from '../sentencepiece.ts'
import { type M2m100Description, modelFile } from './model-description.ts'

/** Which entries of the vocabulary are what; a part of the model's description. */
export type VocabularyLayout = Pick<M2m100Description, 'tokens' | 'vocabularyEntries'>

/**
 * Text to ids and back: SentencePiece finds the pieces, `vocab.json` has their ids. Text is nothing but text: `</s>`
 * or `__en__` in it are characters, never control tokens (transformers takes them as such).
 */
export class M2m100Tokenizer {
  readonly #sentencePiece: SentencePiece
  readonly #idOfPiece: ReadonlyMap<string, number>
  readonly #pieceOfId: ReadonlyMap<number, string>
  readonly #unknown: number

  private constructor(
    sentencePiece: SentencePiece,
    vocabulary: Readonly<Record<string, number>>,
    { tokens }: VocabularyLayout,
  ) {
    const control = new Set([tokens.start, tokens.end, ...tokens.noWords])
    const words = Object.entries(vocabulary).filter(([, id]) => !control.has(id))
    this.#sentencePiece = sentencePiece
    this.#idOfPiece = new Map(words)
    this.#pieceOfId = new Map(words.map(([piece, id]) => [id, piece]))
    this.#unknown = tokens.unknown
  }

  /** @throws VoxbridgeError ERR_MODEL_FORMAT */
  static async load(modelDir: string, layout: VocabularyLayout): Promise<M2m100Tokenizer> {
    const sentencePiece = await SentencePiece.load(join(modelDir, modelFile.pieces))
    const vocabulary = await readFile(join(modelDir, modelFile.vocabulary), 'utf8')
    return new M2m100Tokenizer(sentencePiece, JSON.parse(vocabulary) as Record<string, number>, layout)
  }

  /** Ids of a text, without language and end. */
  encode(text: string): number[] {
    const pieces = this.#sentencePiece.encodeToPieces(text)
    return pieces.map((piece) => this.#idOfPiece.get(piece) ?? this.#unknown)
  }

  /** Whether the vocabulary has all characters of a text. */
  knows(text: string): boolean {
    return !this.encode(text).includes(this.#unknown)
  }

  /** The text of ids; languages and control tokens among them say nothing. */
  decode(ids: readonly number[]): string {
    const pieces = ids.map((id) => this.#pieceOfId.get(id) ?? '')
    return pieces.join('').replaceAll('▁', ' ').trim()
  }
}
