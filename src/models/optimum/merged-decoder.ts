/**
 * The decoder that optimum exports as one graph (`decoder_model_merged.onnx`): a branch that reads the first tokens
 * and makes the keys and values of the cross-attention, and one that reads on with a cache.
 */
import { basename } from 'node:path'
import { type InferenceSession, Tensor } from 'onnxruntime-node'
import { VoxbridgeError } from '../../errors.ts'
import { type SessionOptions, createSession } from '../session.ts'
import { selectRows, toFloat32, truncatePositions } from './cache-tensors.ts'

export interface DecodingInput {
  /** [batch, source positions, width], the encoder's output. */
  readonly hiddenStates: Tensor
  /** int64 [batch, source positions], 0 where the source is padded; only where the graph asks for it. */
  readonly attentionMask?: Tensor
}

/** An input of the graph that holds keys or values, and the output that continues it. */
interface CacheSlot {
  readonly past: string
  readonly present: string
  /** Of the source rather than of the tokens: made by the first run and never changed. */
  readonly isCross: boolean
}

interface DecoderGraph {
  readonly session: InferenceSession
  readonly slots: readonly CacheSlot[]
  readonly cacheType: 'float32' | 'float16'
  readonly heads: number
  readonly headSize: number
}

export class MergedDecoder {
  /** Number of logits for each token. */
  readonly vocabularySize: number
  readonly layers: number
  readonly #graph: DecoderGraph

  private constructor(graph: DecoderGraph, vocabularySize: number) {
    this.vocabularySize = vocabularySize
    this.layers = graph.slots.length / 4
    this.#graph = graph
  }

  /** @throws VoxbridgeError ERR_MODEL_FORMAT where the graph is no merged decoder. */
  static async load(path: string, options: SessionOptions): Promise<MergedDecoder> {
    const session = await createSession(path, options)
    try {
      const { graph, vocabularySize } = describeGraph(session, basename(path))
      return new MergedDecoder(graph, vocabularySize)
    } catch (error) {
      await session.release()
      throw error
    }
  }

  /** Starts a decoding of what the encoder has read. */
  start(input: DecodingInput): MergedDecoding {
    return new MergedDecoding(this.#graph, input)
  }

  async release(): Promise<void> {
    await this.#graph.session.release()
  }
}

/** The tokens read so far, as caches, of each row of a batch. */
export class MergedDecoding {
  /** Tokens read so far, the same in each row. */
  length = 0
  readonly #graph: DecoderGraph
  #hiddenStates: Tensor
  #attentionMask: Tensor | undefined
  /** By the name of the input; none before the first run. */
  #cache: Record<string, Tensor> = {}
  /** The row of the encoder's output that each row belongs to. */
  #sources: readonly number[]

  constructor(graph: DecoderGraph, { hiddenStates, attentionMask }: DecodingInput) {
    this.#graph = graph
    this.#hiddenStates = hiddenStates
    this.#attentionMask = attentionMask
    this.#sources = Array.from({ length: hiddenStates.dims[0] ?? 0 }, (_, row) => row)
  }

  /**
   * Reads tokens after those already read.
   * @param tokens the same number, at least one, for each row.
   * @returns float32 [batch, tokens, vocabulary], the logits after each of them; the caller may change them.
   */
  async read(tokens: readonly (readonly number[])[]): Promise<Tensor> {
    const { session, slots } = this.#graph
    const isFirst = this.length === 0
    const count = tokens[0]?.length ?? 0
    const { logits, ...outputs } = await session.run(this.#feeds(tokens, count))
    const cache: Record<string, Tensor> = {}
    for (const { past, present, isCross } of slots) {
      // The branch with a cache gives the keys and values of the source back empty.
      const tensor = isCross && !isFirst ? this.#cache[past] : outputs[present]
      if (tensor !== undefined) cache[past] = tensor
    }
    this.#cache = cache
    this.length += count
    return toFloat32(logits as Tensor)
  }

  /**
   * Makes row `i` continue what row `rows[i]` has read. The number of rows may change: `[0, 0, 0]` makes three of
   * the first.
   */
  reorder(rows: readonly number[]): void {
    const isSame = rows.length === this.#sources.length && rows.every((row, index) => row === index)
    if (isSame) return
    const sources = rows.map((row) => this.#sources[row] ?? 0)
    const sourcesStay =
      sources.length === this.#sources.length && sources.every((s, i) => s === this.#sources[i])
    for (const { past, isCross } of this.#graph.slots) {
      const tensor = this.#cache[past]
      if (tensor !== undefined && !(isCross && sourcesStay)) this.#cache[past] = selectRows(tensor, rows)
    }
    if (sourcesStay) return
    this.#sources = sources
    this.#hiddenStates = selectRows(this.#hiddenStates, rows)
    this.#attentionMask &&= selectRows(this.#attentionMask, rows)
  }

  /** Forgets the tokens from the position `length` on; at least one must stay. */
  truncate(length: number): void {
    if (length >= this.length) return
    for (const { past, isCross } of this.#graph.slots) {
      const tensor = this.#cache[past]
      if (tensor !== undefined && !isCross) this.#cache[past] = truncatePositions(tensor, length)
    }
    this.length = length
  }

  #feeds(tokens: readonly (readonly number[])[], count: number): Record<string, Tensor> {
    const { session, slots, cacheType, heads, headSize } = this.#graph
    const batch = tokens.length
    const feeds: Record<string, Tensor> = {
      ...this.#cache,
      input_ids: new Tensor('int64', BigInt64Array.from(tokens.flat(), BigInt), [batch, count]),
      encoder_hidden_states: this.#hiddenStates,
      use_cache_branch: new Tensor('bool', Uint8Array.of(this.length > 0 ? 1 : 0), [1]),
    }
    if (this.#attentionMask) feeds['encoder_attention_mask'] = this.#attentionMask
    if (session.inputNames.includes('cache_position')) {
      const positions = BigInt64Array.from({ length: count }, (_, index) => BigInt(this.length + index))
      feeds['cache_position'] = new Tensor('int64', positions, [count])
    }
    if (this.length === 0) {
      const nothing = cacheType === 'float16' ? new Uint16Array(0) : new Float32Array(0)
      const empty = new Tensor(cacheType, nothing, [batch, heads, 0, headSize])
      for (const { past } of slots) feeds[past] = empty
    }
    return feeds
  }
}

function describeGraph(
  session: InferenceSession,
  name: string,
): { graph: DecoderGraph; vocabularySize: number } {
  const wrong = (what: string): VoxbridgeError =>
    new VoxbridgeError('ERR_MODEL_FORMAT', `${name} is no merged decoder by optimum: ${what}`)
  const slots = session.inputNames
    .filter((past) => past.startsWith('past_key_values.'))
    .map((past) => ({
      past,
      present: past.replace('past_key_values', 'present'),
      isCross: past.includes('.encoder.'),
    }))
  const missing = [
    ...['input_ids', 'encoder_hidden_states', 'use_cache_branch'].filter(
      (input) => !session.inputNames.includes(input),
    ),
    ...['logits', ...slots.map(({ present }) => present)].filter(
      (output) => !session.outputNames.includes(output),
    ),
  ]
  if (missing.length > 0) throw wrong(`it has no ${missing.join(', ')}`)
  const cache = tensorShape(session.inputMetadata, slots[0]?.past)
  const logits = tensorShape(session.outputMetadata, 'logits')
  const [, heads, , headSize] = cache?.shape ?? []
  const vocabularySize = logits?.shape.at(-1)
  if (slots.length % 4 !== 0 || typeof heads !== 'number' || typeof headSize !== 'number') {
    throw wrong(
      'its cache should be past_key_values.LAYER.{decoder,encoder}.{key,value} with a fixed head size',
    )
  }
  if (typeof vocabularySize !== 'number') throw wrong('the size of its vocabulary should be fixed')
  const cacheType = cache?.type === 'float16' ? 'float16' : 'float32'
  return { graph: { session, slots, cacheType, heads, headSize }, vocabularySize }
}

function tensorShape(
  metadata: readonly InferenceSession.ValueMetadata[],
  name: string | undefined,
): InferenceSession.TensorValueMetadata | undefined {
  const found = metadata.find((value) => value.name === name)
  return found?.isTensor === true ? found : undefined
}
