import { basename } from 'node:path'
import { SentencePieceProcessor } from 'sentencepiece-js'
import { VoxbridgeError } from '../../../errors.ts'

/** Ids that are the same in every vocabulary of a Marian student. There is no id for a start or for padding. */
export const endId = 0
export const unknownId = 1

/** SentencePiece, as WebAssembly. Each tokenizer is an instance of its own. */
export class Tokenizer {
  readonly #processor: SentencePieceProcessor

  private constructor(processor: SentencePieceProcessor) {
    this.#processor = processor
  }

  /**
   * Loads one vocabulary; load them one after the other.
   * @param path a `.spm` file.
   * @throws VoxbridgeError ERR_MODEL_FORMAT
   */
  static async load(path: string): Promise<Tokenizer> {
    const processor = new SentencePieceProcessor()
    await withoutNewProcessListeners(() => processor.load(path))
    const tokenizer = new Tokenizer(processor)
    try {
      // The package ignores whether the file could be read; a processor without a model fails here.
      if (tokenizer.encode('a').length > 0) return tokenizer
    } catch {
      // Said below: what WebAssembly throws is only a number.
    }
    throw new VoxbridgeError('ERR_MODEL_FORMAT', `${basename(path)} is not a SentencePiece model`)
  }

  /** Ids of a text, without the end mark. */
  encode(text: string): number[] {
    return this.#processor.encodeIds(text)
  }

  decode(ids: readonly number[]): string {
    return this.#processor.decodeIds(ids)
  }
}

/** Emscripten adds handlers that turn every later error of the process into an abort of its own; they go again. */
async function withoutNewProcessListeners(load: () => Promise<void>): Promise<void> {
  const before = {
    uncaughtException: process.listeners('uncaughtException'),
    unhandledRejection: process.listeners('unhandledRejection'),
  }
  try {
    await load()
  } finally {
    for (const listener of process.listeners('uncaughtException')) {
      if (!before.uncaughtException.includes(listener)) process.off('uncaughtException', listener)
    }
    for (const listener of process.listeners('unhandledRejection')) {
      if (!before.unhandledRejection.includes(listener)) process.off('unhandledRejection', listener)
    }
  }
}
