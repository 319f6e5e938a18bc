import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type InferenceSession } from 'onnxruntime-node'
import { type CancelSignal } from '../../../models/engine.ts'
import { type SessionOptions, createSession } from '../../../models/session.ts'
import { splitLongSentence } from '../long-sentence.ts'
import { TextPreparation } from '../prepare-text.ts'
import { SentencePiece } from '../sentencepiece.ts'
import { decodeGreedily } from './greedy.ts'
import { type ModelDescription, modelFile, readDescription } from './model-description.ts'
import { Shortlist } from './shortlist.ts'
import { endId, unknownId } from './token-ids.ts'

const never: CancelSignal = { aborted: false }

/**
 * Longest source that is translated in one piece, in ids. The students were trained on sentences: of unpunctuated
 * runs of FLORES text, translated in pieces of 96, 128, 256 ids, the output kept 100, 95, 65 % of the words.
 */
const maxPartIds = 96

export interface LanguagePair {
  /** ISO 639-1 code. */
  readonly source: string
  readonly target: string
  /** The model's name, e.g. `marian-en-pt`. */
  readonly model: string
}

interface Parts {
  readonly pair: LanguagePair
  readonly description: ModelDescription
  readonly sourceTokenizer: SentencePiece
  readonly targetTokenizer: SentencePiece
  readonly shortlist: Shortlist
  readonly encoder: InferenceSession
  readonly decoderStep: InferenceSession
}

/** One loaded pair of languages. */
export class MarianModel {
  readonly pair: LanguagePair
  readonly #parts: Parts
  readonly #preparation: TextPreparation

  private constructor(parts: Parts) {
    this.pair = parts.pair
    this.#parts = parts
    this.#preparation = new TextPreparation((text) => !parts.sourceTokenizer.encode(text).includes(unknownId))
  }

  /**
   * Loads and warms an installed model.
   * @throws VoxbridgeError ERR_MODEL_MISSING, ERR_MODEL_FORMAT
   */
  static async load(modelDir: string, session: SessionOptions): Promise<MarianModel> {
    const description = await readDescription(modelDir)
    const { source, target, architecture, sourceVocabulary, targetVocabulary } = description
    const sourceTokenizer = await SentencePiece.load(join(modelDir, sourceVocabulary))
    const model = new MarianModel({
      pair: { source, target, model: basename(modelDir) },
      description,
      sourceTokenizer,
      targetTokenizer:
        targetVocabulary === sourceVocabulary
          ? sourceTokenizer
          : await SentencePiece.load(join(modelDir, targetVocabulary)),
      shortlist: new Shortlist(
        await readFile(join(modelDir, modelFile.shortlist)),
        architecture.sourceVocabulary,
        architecture.targetVocabulary,
      ),
      encoder: await createSession(join(modelDir, modelFile.encoder), session),
      decoderStep: await createSession(join(modelDir, modelFile.decoderStep), session),
    })
    await model.translate('a', never)
    return model
  }

  /**
   * Translates one sentence of any length.
   * @returns undefined when cancelled; an empty text where the model knows no character of the sentence.
   */
  async translate(sentence: string, signal: CancelSignal): Promise<string | undefined> {
    const prepared = this.#preparation.prepare(sentence, this.pair.source)
    const count = (text: string): number => this.sourceIds(text).length
    const parts: string[] = []
    for (const part of splitLongSentence(prepared, count, maxPartIds)) {
      if (!/[\p{L}\p{N}]/u.test(part)) continue
      const ids = await this.decode(this.sourceIds(part), signal)
      if (ids === undefined) return undefined
      parts.push(this.#parts.targetTokenizer.decode(ids).trim())
    }
    return parts.join(' ')
  }

  /** Ids of a text as the encoder reads them, with the end mark. */
  sourceIds(text: string): number[] {
    return [...this.#parts.sourceTokenizer.encode(text), endId]
  }

  /** Target ids that may translate these source ids, ascending. */
  shortlist(sourceIds: readonly number[]): Int32Array {
    return this.#parts.shortlist.select(sourceIds)
  }

  /** Target ids of the translation, or undefined when cancelled. */
  async decode(sourceIds: readonly number[], signal: CancelSignal): Promise<number[] | undefined> {
    const { architecture } = this.#parts.description
    return decodeGreedily(this.#parts, sourceIds, this.shortlist(sourceIds), { architecture, signal })
  }

  async close(): Promise<void> {
    await this.#parts.encoder.release()
    await this.#parts.decoderStep.release()
  }
}
