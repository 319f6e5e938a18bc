import { basename } from 'node:path'
import { SentencePieceProcessor } from 'sentencepiece-js'
import { VoxbridgeError } from '../../errors.ts'

/** SentencePiece, as WebAssembly. Each model is an instance of its own. */
export class SentencePiece {
  readonly #processor: SentencePieceProcessor

  private constructor(processor: SentencePieceProcessor) {
    this.#processor = processor
  }

  /**
   * Loads one model; load them one after the other.
   * @param path a `.spm` or `.model` file.
   * @throws VoxbridgeError ERR_MODEL_FORMAT
   */
  static async load(path: string): Promise<SentencePiece> {
    const processor = new SentencePieceProcessor()
    await withoutNewProcessListeners(() => processor.load(path))
    const sentencePiece = new SentencePiece(processor)
    try {
      // The package ignores whether the file could be read; a processor without a model fails here.
      if (sentencePiece.encode('a').length > 0) return sentencePiece
    } catch {
      // Said below: what WebAssembly throws is only a number.
    }
    throw new VoxbridgeError('ERR_MODEL_FORMAT', `${basename(path)} is not a SentencePiece model`)
  }

  /** The ids by which the model itself knows the pieces of a text. */
  encode(text: string): number[] {
    return this.#processor.encodeIds(text)
  }

  /** The pieces of a text, with `▁` for a space; of what the model does not know, the text itself. */
  encodeToPieces(text: string): string[] {
    return this.#processor.encodePieces(text)
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
