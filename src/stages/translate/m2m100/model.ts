import { join } from 'node:path'
import { type InferenceSession, Tensor } from 'onnxruntime-node'
import { VoxbridgeError } from '../../../errors.ts'
import { type CancelSignal } from '../../../models/engine.ts'
import { optimumFile } from '../../../models/optimum/layout.ts'
import { MergedDecoder, type MergedDecoding } from '../../../models/optimum/merged-decoder.ts'
import { type SessionOptions, createSession } from '../../../models/session.ts'
import { splitLongSentence } from '../long-sentence.ts'
import { TextPreparation } from '../prepare-text.ts'
import { type BeamOptions, searchBeams } from './beam-search.ts'
import { type GenerationLimit, cutLoops, decodeGreedily } from './greedy.ts'
import { sourceToken, spaceOf, targetToken } from './languages.ts'
import { type M2m100Description, readDescription } from './model-description.ts'
import { wordsOnly } from './token-choice.ts'
import { M2m100Tokenizer } from './tokenizer.ts'

const never: CancelSignal = { aborted: false }

/** Longest source that is translated in one piece, in ids. The model was trained on sentences. */
const maxPartIds = 96
/** No translation is longer for each id of its source; short ones have room for an unlucky spelling. */
const lengthLimit = { atLeast: 10, perSourceId: 3 }
/** Sentences that are decoded at once. */
const batchRows = 16

/** Two languages, and the tokens that say them. */
export interface Direction {
  readonly source: string
  readonly target: string
  /** Before the source. */
  readonly sourceStart: readonly number[]
  /** What the decoder has read when the first word is chosen. */
  readonly targetStart: readonly number[]
}

export class M2m100Model {
  readonly description: M2m100Description
  readonly tokenizer: M2m100Tokenizer
  readonly #encoder: InferenceSession
  readonly #decoder: MergedDecoder
  readonly #preparation: TextPreparation

  private constructor(
    description: M2m100Description,
    tokenizer: M2m100Tokenizer,
    encoder: InferenceSession,
    decoder: MergedDecoder,
  ) {
    this.description = description
    this.tokenizer = tokenizer
    this.#encoder = encoder
    this.#decoder = decoder
    this.#preparation = new TextPreparation((text) => tokenizer.knows(text))
  }

  /**
   * Loads and warms an installed model.
   * @throws VoxbridgeError ERR_MODEL_MISSING, ERR_MODEL_FORMAT
   */
  static async load(modelDir: string, options: SessionOptions): Promise<M2m100Model> {
    const description = await readDescription(modelDir)
    const tokenizer = await M2m100Tokenizer.load(modelDir, description)
    const encoder = await createSession(join(modelDir, optimumFile.encoder), options)
    const decoder = await MergedDecoder.load(join(modelDir, optimumFile.decoder), options)
    const model = new M2m100Model(description, tokenizer, encoder, decoder)
    try {
      checkDecoder(decoder, description)
      const [language = ''] = Object.keys(description.languages)
      const direction = model.direction(language, language)
      if (direction) await model.translate(['a'], direction, never)
      return model
    } catch (error) {
      await model.close()
      throw error
    }
  }

  /** @returns undefined where the model does not have one of the languages. */
  direction(source: string, target: string): Direction | undefined {
    const { flavour, languages, tokens } = this.description
    const from = sourceToken(languages, source)
    const into = targetToken(languages, target)
    if (from === undefined || into === undefined) return undefined
    return flavour === 'small100'
      ? { source, target, sourceStart: [into], targetStart: [tokens.start] }
      : { source, target, sourceStart: [from], targetStart: [tokens.start, into] }
  }

  /**
   * Translates sentences of any length.
   * @returns one text for each, empty where the model knows no character of the sentence; undefined when cancelled.
   */
  async translate(
    sentences: readonly string[],
    direction: Direction,
    signal: CancelSignal,
  ): Promise<string[] | undefined> {
    const parts = sentences.map((sentence) => this.#parts(sentence, direction))
    const translated = await this.#translateParts(parts.flat(), direction, signal)
    if (translated === undefined) return undefined
    const texts = translated.map((ids) => this.tokenizer.decode(ids))
    return parts.map(({ length }) => texts.splice(0, length).join(spaceOf(direction.target)))
  }

  /** Starts a decoding of sources that are encoded together, the shorter ones padded. */
  async encode(sources: readonly (readonly number[])[]): Promise<MergedDecoding> {
    const { padding } = this.description.tokens
    const length = Math.max(...sources.map((ids) => ids.length))
    const dims = [sources.length, length]
    const inputIds = new BigInt64Array(sources.length * length).fill(BigInt(padding))
    const mask = new BigInt64Array(sources.length * length)
    for (const [row, ids] of sources.entries()) {
      inputIds.set(BigInt64Array.from(ids, BigInt), row * length)
      mask.fill(1n, row * length, row * length + ids.length)
    }
    const attentionMask = new Tensor('int64', mask, dims)
    const { last_hidden_state: hiddenStates } = await this.#encoder.run({
      input_ids: new Tensor('int64', inputIds, dims),
      attention_mask: attentionMask,
    })
    return this.#decoder.start({ hiddenStates: hiddenStates as Tensor, attentionMask })
  }

  async close(): Promise<void> {
    await this.#encoder.release()
    await this.#decoder.release()
  }

  /** The source ids of a sentence, in as many parts as it needs; none where nothing of it is left. */
  #parts(sentence: string, { source, sourceStart }: Direction): number[][] {
    const { maxPositions, tokens } = this.description
    const maxPieces = Math.min(maxPartIds, maxPositions) - sourceStart.length - 1
    const count = (text: string): number => this.tokenizer.encode(text).length
    return splitLongSentence(this.#preparation.prepare(sentence, source), count, maxPieces)
      .filter((part) => /[\p{L}\p{N}]/u.test(part))
      .map((part) => [...sourceStart, ...this.tokenizer.encode(part).slice(0, maxPieces), tokens.end])
  }

  async #translateParts(
    sources: readonly number[][],
    { targetStart: start }: Direction,
    signal: CancelSignal,
  ): Promise<number[][] | undefined> {
    const { beams, precision } = this.description
    const options = { start, choice: wordsOnly(this.description), signal }
    // In int8 the rows of a batch share one activation scale: of 150 sentences that a small model had learnt to
    // translate, 14 came out otherwise in batches of four than alone; in the other precisions none does. A step for
    // four sentences costs half as much again as a step for one.
    const rows = beams > 1 || precision === 'int8' ? 1 : batchRows
    const results: number[][] = []
    for (let first = 0; first < sources.length; first += rows) {
      if (signal.aborted) return undefined
      const batch = sources.slice(first, first + rows)
      const limits = batch.map((ids) => this.#limit(ids.length, start.length))
      const translated = await generate(await this.encode(batch), limits, { ...options, beams })
      if (translated === undefined) return undefined
      results.push(...translated)
    }
    return results
  }

  #limit(sourceIds: number, startIds: number): GenerationLimit {
    const { maxLength, maxPositions } = this.description
    const needed = startIds + lengthLimit.atLeast + lengthLimit.perSourceId * sourceIds
    return { maxLength: Math.min(maxLength, maxPositions, needed), loopsAfter: sourceIds }
  }
}

/** With several beams, of one sentence. */
async function generate(
  decoding: MergedDecoding,
  limits: readonly GenerationLimit[],
  options: Omit<BeamOptions, 'maxLength'>,
): Promise<number[][] | undefined> {
  const [limit] = limits
  if (options.beams === 1 || limit === undefined) return decodeGreedily(decoding, limits, options)
  const ids = await searchBeams(decoding, { ...options, maxLength: limit.maxLength })
  if (ids === undefined) return undefined
  cutLoops(ids, limit)
  return [ids]
}

function checkDecoder(
  { vocabularySize, layers }: MergedDecoder,
  { vocabularySize: size, decoderLayers }: M2m100Description,
): void {
  if (vocabularySize === size && layers === decoderLayers) return
  throw new VoxbridgeError(
    'ERR_MODEL_FORMAT',
    `decoder.onnx has ${layers} layers and ${vocabularySize} logits, config.json says ${decoderLayers} and ${size}`,
  )
}
