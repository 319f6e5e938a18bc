/** The small files of a Whisper repository as transformers writes them. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { VoxbridgeError } from '../../../errors.ts'
import { isMissing } from '../../../models/file-errors.ts'
import { type WhisperShape } from './model-description.ts'

type Json = Readonly<Record<string, unknown>>

export interface OptimumConfig {
  readonly shape: WhisperShape
  /** Undefined where the files do not say. */
  readonly multilingual: boolean | undefined
  /** Token ids that are never generated. */
  readonly suppressed: readonly number[]
  /** Token ids that are never generated as the first token. */
  readonly suppressedAtStart: readonly number[]
}

/** @throws VoxbridgeError ERR_MODEL_FORMAT that says what `config.json` should hold */
export async function readConfig(sourceDir: string): Promise<OptimumConfig> {
  const config = await readJson(sourceDir, 'config.json')
  if (config['model_type'] !== 'whisper') {
    throw formatError(
      `config.json describes a model of the type ${String(config['model_type'])}, not whisper`,
    )
  }
  // What is generated was a part of config.json before it got a file of its own.
  const generation = { ...config, ...(await readOptionalJson(sourceDir, 'generation_config.json')) }
  const multilingual = generation['is_multilingual']
  return {
    shape: readShape(config),
    multilingual: typeof multilingual === 'boolean' ? multilingual : undefined,
    suppressed: tokenIds(generation, 'suppress_tokens'),
    suppressedAtStart: tokenIds(generation, 'begin_suppress_tokens'),
  }
}

function readShape(config: Json): WhisperShape {
  const count = (name: string): number => {
    const value = config[name]
    if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value
    throw formatError(`config.json: ${name} should be a whole number above 0`)
  }
  const modelSize = count('d_model')
  const heads = count('decoder_attention_heads')
  return {
    melBins: count('num_mel_bins'),
    encoderLayers: count('encoder_layers'),
    decoderLayers: count('decoder_layers'),
    heads,
    headSize: modelSize / heads,
    modelSize,
    audioContext: count('max_source_positions'),
    textContext: count('max_target_positions'),
    vocabularySize: count('vocab_size'),
  }
}

function tokenIds(generation: Json, name: string): number[] {
  const ids: unknown = generation[name] ?? []
  if (isIntegers(ids)) return ids
  throw formatError(`generation_config.json: ${name} should be a list of token ids`)
}

function isIntegers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(Number.isInteger)
}

/**
 * The tokens by their ids, from `tokenizer.json`, or from `vocab.json` and `added_tokens.json` where there is none.
 * @param size the number of ids that the model knows; those without a token get an empty one
 * @throws VoxbridgeError ERR_MODEL_FORMAT
 */
export async function readVocabulary(sourceDir: string, size: number): Promise<readonly string[]> {
  const vocabulary = Array<string>(size).fill('')
  for (const [token, id] of await readTokens(sourceDir)) {
    if (typeof id !== 'number' || !(Number.isInteger(id) && id >= 0 && id < size)) {
      throw formatError(
        `the tokenizer gives ${token} the id ${String(id)}, config.json has a vocab_size of ${size}`,
      )
    }
    vocabulary[id] = token
  }
  // Older tokenizers leave the timestamps out; their ids always follow this one.
  const beforeTimestamps = vocabulary.indexOf('<|notimestamps|>')
  if (beforeTimestamps >= 0 && beforeTimestamps + 1 < size) vocabulary[beforeTimestamps + 1] = '<|0.00|>'
  return vocabulary
}

async function readTokens(sourceDir: string): Promise<(readonly [token: string, id: unknown])[]> {
  const tokenizer = await readOptionalJson(sourceDir, 'tokenizer.json')
  if (tokenizer) {
    if (!isTokenizer(tokenizer)) throw formatError('tokenizer.json should hold model.vocab and added_tokens')
    const added = tokenizer.added_tokens.map(({ content, id }) => [content, id] as const)
    return [...Object.entries(tokenizer.model.vocab), ...added]
  }
  const vocabulary = await readOptionalJson(sourceDir, 'vocab.json')
  if (!vocabulary) throw formatError('it needs tokenizer.json, or vocab.json with added_tokens.json')
  return Object.entries({ ...vocabulary, ...(await readOptionalJson(sourceDir, 'added_tokens.json')) })
}

/** The parts of it that are used. */
interface Tokenizer {
  readonly model: { readonly vocab: Json }
  readonly added_tokens: readonly { readonly content: string; readonly id: unknown }[]
}

function isTokenizer(value: unknown): value is Tokenizer {
  if (!isObject(value) || !isObject(value['model']) || !isObject(value['model']['vocab'])) return false
  const added = value['added_tokens']
  return (
    Array.isArray(added) && added.every((token) => isObject(token) && typeof token['content'] === 'string')
  )
}

async function readJson(sourceDir: string, name: string): Promise<Json> {
  const json = await readOptionalJson(sourceDir, name)
  if (json) return json
  throw formatError(`it needs ${name}`)
}

/** Undefined where there is no such file. */
async function readOptionalJson(sourceDir: string, name: string): Promise<Json | undefined> {
  let value: unknown
  try {
    value = JSON.parse(await readFile(join(sourceDir, name), 'utf8'))
  } catch (cause) {
    if (isMissing(cause)) return undefined
    throw new VoxbridgeError('ERR_MODEL_FORMAT', `${name} is no valid JSON`, { cause })
  }
  if (isObject(value)) return value
  throw formatError(`${name} should hold an object`)
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function formatError(message: string): VoxbridgeError {
  return new VoxbridgeError('ERR_MODEL_FORMAT', `Whisper in optimum's layout: ${message}`)
}
