/** What `special:model.yml` says about a student model, checked against what the graphs can express. */
import { parse } from 'yaml'
import { VoxbridgeError } from '../../../errors.ts'

export interface Architecture {
  /** Width of the model, D. */
  readonly embedding: number
  readonly encoderLayers: number
  readonly decoderLayers: number
  readonly heads: number
  /** Width of the feed-forward layers, F. */
  readonly feedForward: number
  readonly sourceVocabulary: number
  readonly targetVocabulary: number
}

/**
 * The options that change the arithmetic, with the only value that is supported. All published students of the
 * sizes tiny, base-memory and base have these.
 */
const required = {
  type: 'transformer',
  'dec-cell': 'ssru',
  'transformer-decoder-autoreg': 'rnn',
  'transformer-preprocess': '',
  'transformer-postprocess': 'dan',
  'transformer-postprocess-emb': 'd',
  'transformer-postprocess-top': '',
  'transformer-ffn-depth': 2,
  'transformer-ffn-activation': 'relu',
  'transformer-no-projection': false,
  'layer-normalization': false,
  'transformer-train-position-embeddings': false,
  'dec-cell-base-depth': 2,
  'dec-cell-high-depth': 1,
  'lemma-dim-emb': 0,
  'output-omit-bias': false,
  'input-types': '',
  'transformer-tied-layers': '',
} as const satisfies Record<string, string | number | boolean>

/** Older versions of Marian do not write these; leaving them out means the supported value. */
const optional: ReadonlySet<string> = new Set<keyof typeof required>([
  'lemma-dim-emb',
  'output-omit-bias',
  'input-types',
  'transformer-postprocess-top',
  'transformer-no-projection',
])

/** @throws VoxbridgeError ERR_MODEL_FORMAT that names every option that differs and what is supported. */
export function readArchitecture(configText: string): Architecture {
  const options = parseOptions(configText)
  const differences = Object.entries(required).flatMap(([name, expected]) => {
    const found = options[name]
    if (found === undefined)
      return optional.has(name) ? [] : [`${name} is missing, expected ${show(expected)}`]
    // Empty lists are written as [].
    const value = Array.isArray(found) ? found.join(' ') : found
    return value === expected ? [] : [`${name} is ${show(value)}, supported is ${show(expected)}`]
  })
  if (options['tied-embeddings'] !== true && options['tied-embeddings-all'] !== true) {
    differences.push(
      'the output layer has weights of its own, supported is tied-embeddings or tied-embeddings-all',
    )
  }
  if (differences.length > 0) {
    throw new VoxbridgeError(
      'ERR_MODEL_FORMAT',
      `this Marian model is not a student with an SSRU decoder: ${differences.join('; ')}`,
    )
  }
  const architecture = {
    embedding: size(options, 'dim-emb'),
    encoderLayers: size(options, 'enc-depth'),
    decoderLayers: size(options, 'dec-depth'),
    heads: size(options, 'transformer-heads'),
    feedForward: size(options, 'transformer-dim-ffn'),
    sourceVocabulary: size(options, 'dim-vocabs', 0),
    targetVocabulary: size(options, 'dim-vocabs', 1),
  }
  if (architecture.embedding % (2 * architecture.heads) !== 0) {
    throw new VoxbridgeError(
      'ERR_MODEL_FORMAT',
      `Marian model: dim-emb ${architecture.embedding} cannot be shared by ${architecture.heads} heads`,
    )
  }
  return architecture
}

function parseOptions(configText: string): Readonly<Record<string, unknown>> {
  let options: unknown
  try {
    options = parse(configText)
  } catch (error) {
    throw new VoxbridgeError('ERR_MODEL_FORMAT', 'Marian model: special:model.yml is not YAML', {
      cause: error,
    })
  }
  if (typeof options !== 'object' || options === null) {
    throw new VoxbridgeError('ERR_MODEL_FORMAT', 'Marian model: special:model.yml holds no options')
  }
  return options as Record<string, unknown>
}

function size(options: Readonly<Record<string, unknown>>, name: string, index?: number): number {
  const option = options[name]
  const value: unknown = index !== undefined && Array.isArray(option) ? option[index] : option
  if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value
  throw new VoxbridgeError(
    'ERR_MODEL_FORMAT',
    `Marian model: ${name} is ${show(value)} in special:model.yml, expected a positive whole number`,
  )
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? 'missing'
}
