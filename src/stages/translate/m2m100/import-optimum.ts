/** Imports M2M100 and SMaLL-100 as optimum exports them to ONNX. */
import { copyFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { VoxbridgeError } from '../../../errors.ts'
import { type ModelImporter } from '../../../models/engine.ts'
import { descriptionFile } from '../../../models/installed.ts'
import {
  findOptimumGraphs,
  installOptimumGraphs,
  readOptimumPrecision,
} from '../../../models/optimum/layout.ts'
import { listFiles } from '../../../models/verify.ts'
import { SentencePiece } from '../sentencepiece.ts'
import { type LanguageTokens, languageOfToken, languageTokens } from './languages.ts'
import { type Flavour, type M2m100Description, flavours, modelFile } from './model-description.ts'
import { ModelJson } from './model-json.ts'

type Settings = Readonly<Record<string, string>>

/** The files of the model that describe it; the last two not every export has. */
interface Sources {
  readonly config: ModelJson
  readonly vocabulary: ModelJson
  readonly tokenizer: ModelJson | undefined
  readonly generation: ModelJson | undefined
}

const modelType = 'm2m_100'
/** The code of the tokenizer, in the repository of the original. */
const small100Tokenizer = 'tokenization_small100.py'
/** Longest translation in ids where the model says nothing else. */
const usualMaxLength = 200
const mostBeams = 16

export const optimumM2m100Importer: ModelImporter = {
  format: 'optimum-m2m100',
  description:
    'M2M100 or SMaLL-100 by optimum: encoder_model*.onnx, decoder_model_merged*.onnx (here or in onnx/), ' +
    'config.json, vocab.json, sentencepiece.bpe.model; settings ' +
    'precision=int8|int8-weights|int4|fp16|fp32, beams=1, flavour=m2m100|small100',

  // Of a checkpoint that was never exported, too: it is told how that is done.
  detect: (files) => files.includes('config.json') && files.includes(modelFile.pieces),

  async run(sourceDir, targetDir, { settings }) {
    const files = await listFiles(sourceDir)
    const sources = await readSources(sourceDir, files)
    const precision = readOptimumPrecision(settings)
    const graphs = findOptimumGraphs(files, precision)
    const { config, generation } = sources
    const description: M2m100Description = {
      engine: 'm2m100',
      flavour: readFlavour(settings, sources, { folder: basename(sourceDir), files }),
      precision,
      beams: readBeams(settings),
      modelSize: config.count('d_model'),
      encoderLayers: config.count('encoder_layers'),
      decoderLayers: config.count('decoder_layers'),
      heads: config.count('decoder_attention_heads'),
      maxPositions: config.count('max_position_embeddings'),
      maxLength:
        generation?.optionalCount('max_length') ?? config.optionalCount('max_length') ?? usualMaxLength,
      ...readTokens(sources, await ModelJson.readOptional(sourceDir, 'added_tokens.json')),
    }

    await installOptimumGraphs(sourceDir, targetDir, graphs)
    for (const file of Object.values(modelFile)) await copyFile(join(sourceDir, file), join(targetDir, file))
    // Only for its check: it must fail here, not at the first start.
    await SentencePiece.load(join(targetDir, modelFile.pieces))
    await writeFile(join(targetDir, descriptionFile), `${JSON.stringify(description, null, 2)}\n`)
  },
}

async function readSources(dir: string, files: readonly string[]): Promise<Sources> {
  const config = await ModelJson.read(dir, 'config.json')
  const type = config.text('model_type')
  if (type !== modelType) {
    throw formatError(`config.json describes a model of the type ${type ?? 'unknown'}, expected ${modelType}`)
  }
  const tokenizer = await ModelJson.readOptional(dir, 'tokenizer_config.json')
  const missing = Object.values(modelFile).filter((file) => !files.includes(file))
  if (missing.length > 0 || tokenizer?.text('tokenizer_class')?.startsWith('Nllb')) {
    throw formatError(
      `${missing.join(', ') || 'the tokenizer of M2M100'} is missing; NLLB, which has another, cannot be imported`,
    )
  }
  return {
    config,
    tokenizer,
    vocabulary: await ModelJson.read(dir, modelFile.vocabulary),
    generation: await ModelJson.readOptional(dir, 'generation_config.json'),
  }
}

/** SMaLL-100 has the same `config.json`; its tokenizer, or the name, tells it. */
function readFlavour(
  { flavour: setting }: Settings,
  { config, tokenizer }: Sources,
  { folder, files }: { readonly folder: string; readonly files: readonly string[] },
): Flavour {
  const flavour = flavours.find((candidate) => candidate === setting)
  if (flavour !== undefined) return flavour
  if (setting !== undefined) throw formatError(`flavour is ${setting}, supported are ${flavours.join(', ')}`)
  const hints = [
    config.text('tokenizer_class'),
    config.text('_name_or_path'),
    tokenizer?.text('tokenizer_class'),
    tokenizer?.text('name_or_path'),
    folder,
  ]
  const isSmall = files.includes(small100Tokenizer) || hints.some((hint) => /small-?100/i.test(hint ?? ''))
  return isSmall ? 'small100' : 'm2m100'
}

function readBeams({ beams = '1' }: Settings): number {
  const count = Number(beams)
  if (Number.isSafeInteger(count) && count >= 1 && count <= mostBeams) return count
  throw formatError(`beams is ${beams}, expected a whole number from 1 to ${mostBeams}`)
}

function readTokens(
  { config, vocabulary, tokenizer }: Sources,
  addedTokens: ModelJson | undefined,
): Pick<M2m100Description, 'vocabularyEntries' | 'vocabularySize' | 'tokens' | 'languages'> {
  const ids = vocabulary.names.map((piece) => vocabulary.id(piece))
  const vocabularyEntries = ids.length
  if (new Set(ids).size < ids.length || ids.some((id) => id >= vocabularyEntries)) {
    throw formatError(`the ids of ${modelFile.vocabulary} should be 0 to ${vocabularyEntries - 1}, each once`)
  }
  const [begin, padding, end, unknown] = [
    vocabulary.id('<s>'),
    vocabulary.id('<pad>'),
    vocabulary.id('</s>'),
    vocabulary.id('<unk>'),
  ]
  for (const [name, id] of [
    ['pad_token_id', padding],
    ['eos_token_id', end],
  ] as const) {
    if (config.id(name) !== id) {
      throw formatError(`config.json has ${config.id(name)} as ${name}, ${modelFile.vocabulary} has ${id}`)
    }
  }
  const start = config.id('decoder_start_token_id')
  const vocabularySize = config.count('vocab_size')
  const languages = readLanguages(tokenizer, addedTokens, vocabularyEntries)
  const beyond = Object.entries(languages).filter(([, id]) => id >= vocabularySize)
  if (beyond.length > 0) {
    const names = beyond.map(([language]) => language).join(', ')
    throw formatError(
      `${modelFile.vocabulary} does not belong to the model: ids beyond vocab_size ${vocabularySize} for ${names}`,
    )
  }
  const tokens = { start, end, padding, unknown, noWords: [begin, padding, unknown] }
  return { vocabularyEntries, vocabularySize, tokens, languages }
}

/** The tokenizer's own list stands behind the vocabulary; what a file says of a language goes before it. */
function readLanguages(
  tokenizer: ModelJson | undefined,
  addedTokens: ModelJson | undefined,
  vocabularyEntries: number,
): LanguageTokens {
  const codes = tokenizer?.text('language_codes') ?? 'm2m100'
  const listed = languageTokens(codes, vocabularyEntries)
  if (listed === undefined)
    throw formatError(`tokenizer_config.json names an unknown language_codes: ${codes}`)
  const said = [
    ...Object.entries(tokenizer?.contents('added_tokens_decoder') ?? {}).map(
      ([id, token]) => [token, Number(id)] as const,
    ),
    ...(addedTokens?.names.map((token) => [token, addedTokens.id(token)] as const) ?? []),
  ]
  const languages: Record<string, number> = { ...listed }
  for (const [token, id] of said) {
    const language = languageOfToken(token)
    if (language !== undefined) languages[language] = id
  }
  return languages
}

function formatError(message: string): VoxbridgeError {
  return new VoxbridgeError('ERR_MODEL_FORMAT', `M2M100: ${message}`)
}
