/**
 * Imports a Whisper model in CTranslate2's format, of any size, as two ONNX graphs.
 *
 * With `precision: int8` (the default) every matrix product is quantised dynamically. For the encoder of Whisper base
 * (24 clips in three languages, one thread) this was chosen by the error of its output against fp32 and its CPU time
 * for a second of audio:
 *
 *     plain dynamic int8              16.3 %   4.8 ms
 *     with the last layer of each feed-forward block in fp32
 *                                     10.6 %   6.7 ms
 *     8-bit MatMulNBits, blocks of 64  5.6 %   8.7 ms
 *     scales by row behind the GELU, smoothed normalisations (what is written)
 *                                      8.3 %   5.0 ms
 *     fp32                               0 %  11.4 ms
 *
 * In words that were wrong of 653: plain 105, MatMulNBits 97, what is written 93, fp32 98.
 */
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { VoxbridgeError } from '../../../errors.ts'
import { type ImportOptions, type ModelImporter } from '../../../models/engine.ts'
import { Ctranslate2File } from './ctranslate2-file.ts'
import { buildDecoder } from './decoder-graph.ts'
import { buildEncoder } from './encoder-graph.ts'
import { languageOfToken } from './languages.ts'
import { type Precision } from './layers.ts'
import { type SpecialTokens, type WhisperDescription, type WhisperShape } from './model-description.ts'
import { packVocabulary } from './vocabulary.ts'

const vocabularyFiles = ['vocabulary.json', 'vocabulary.txt']
const spec = { name: 'WhisperSpec', revision: 3 }
/** CTranslate2's number for the exact (erf) GELU. */
const exactGelu = 3
/** Only the English-only models have a vocabulary of this size; CTranslate2 tells them by it, too. */
const englishOnlyTokens = 51864
/** A protocol buffer cannot be larger. */
const largestOnnxBytes = 2 ** 31 - 1

export const ctranslate2WhisperImporter: ModelImporter = {
  format: 'ctranslate2-whisper',
  description:
    'Whisper for CTranslate2 or faster-whisper (model.bin, config.json, vocabulary.json or .txt); ' +
    'precision=int8 (default) or fp32',
  detect: (files) =>
    files.includes('model.bin') &&
    files.includes('config.json') &&
    vocabularyFiles.some((name) => files.includes(name)),
  run: importModel,
}

async function importModel(sourceDir: string, targetDir: string, { settings }: ImportOptions): Promise<void> {
  const precision = readPrecision(settings['precision'])
  const tokens = await readVocabulary(sourceDir)
  const config = await readConfig(sourceDir)
  const file = new Ctranslate2File(join(sourceDir, 'model.bin'))
  try {
    checkSupported(file)
    const shape = readShape(file)
    const description = describe(shape, precision, tokens, config)
    await writeGraph(join(targetDir, 'encoder.onnx'), buildEncoder(file, shape, precision))
    await writeGraph(join(targetDir, 'decoder.onnx'), buildDecoder(file, shape, precision))
    const text = packVocabulary(tokens.slice(0, description.tokens.endOfText))
    await writeFile(join(targetDir, 'tokens.bin'), text)
    await writeFile(join(targetDir, 'model.json'), `${JSON.stringify(description, null, 2)}\n`)
  } finally {
    file.close()
  }
}

function readPrecision(setting: string | undefined): Precision {
  if (setting === undefined || setting === 'int8') return 'int8'
  if (setting === 'fp32') return 'fp32'
  throw new VoxbridgeError(
    'ERR_MODEL_FORMAT',
    `precision=${setting}: Whisper can be imported as int8 or fp32`,
  )
}

/** The tokens by their ids. */
async function readVocabulary(sourceDir: string): Promise<readonly string[]> {
  const name = vocabularyFiles.find((candidate) => existsSync(join(sourceDir, candidate)))
  if (name === undefined) {
    throw new VoxbridgeError('ERR_MODEL_FORMAT', `${sourceDir} has no ${vocabularyFiles.join(' or ')}`)
  }
  const text = await readFile(join(sourceDir, name), 'utf8')
  // Not split at every kind of line end: some tokens are such characters.
  if (name.endsWith('.txt')) return text.replace(/\n$/, '').split('\n')
  return parseJson(name, text, isStringArray, 'an array of tokens')
}

interface Ctranslate2Config {
  readonly suppress_ids: readonly number[]
  readonly suppress_ids_begin: readonly number[]
}

async function readConfig(sourceDir: string): Promise<Ctranslate2Config> {
  const text = await readFile(join(sourceDir, 'config.json'), 'utf8')
  return parseJson('config.json', text, isConfig, 'suppress_ids and suppress_ids_begin of a Whisper model')
}

function parseJson<T>(
  name: string,
  text: string,
  check: (value: unknown) => value is T,
  expected: string,
): T {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new VoxbridgeError('ERR_MODEL_FORMAT', `${name} is no valid JSON`, { cause })
  }
  if (check(value)) return value
  throw new VoxbridgeError('ERR_MODEL_FORMAT', `${name} should hold ${expected}`)
}

function isStringArray(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

function isNumberArray(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isInteger(item))
}

function isConfig(value: unknown): value is Ctranslate2Config {
  if (typeof value !== 'object' || value === null) return false
  const config = value as Partial<Record<keyof Ctranslate2Config, unknown>>
  return isNumberArray(config.suppress_ids) && isNumberArray(config.suppress_ids_begin)
}

function checkSupported(file: Ctranslate2File): void {
  if (file.spec !== spec.name || file.revision !== spec.revision) {
    throw new VoxbridgeError(
      'ERR_MODEL_FORMAT',
      `model.bin holds ${file.spec} revision ${file.revision}; ${spec.name} revision ${spec.revision} is needed`,
    )
  }
  const [quantized] = file.quantizedWeights()
  if (quantized !== undefined) {
    throw new VoxbridgeError(
      'ERR_MODEL_FORMAT',
      `model.bin was quantised already (${quantized} is ${file.type(quantized)}): ` +
        'convert it with --quantization float16 or float32',
    )
  }
  const activation = file.integer('decoder/activation')
  if (activation !== exactGelu || file.integer('decoder/pre_norm') !== 1) {
    throw new VoxbridgeError(
      'ERR_MODEL_FORMAT',
      `model.bin: activation ${activation}; Whisper's layers normalise first and use the exact GELU (${exactGelu})`,
    )
  }
}

function readShape(file: Ctranslate2File): WhisperShape {
  const [modelSize = 0, melBins = 0] = file.dims('encoder/conv1/weight')
  const [vocabularySize = 0] = file.dims('decoder/embeddings/weight')
  const [audioContext = 0] = file.dims('encoder/position_encodings/encodings')
  const [textContext = 0] = file.dims('decoder/position_encodings/encodings')
  const heads = file.integer('decoder/num_heads')
  if (heads < 1 || modelSize % heads !== 0 || file.integer('encoder/num_heads') !== heads) {
    throw new VoxbridgeError(
      'ERR_MODEL_FORMAT',
      `model.bin: ${modelSize} values do not split in ${heads} heads`,
    )
  }
  return {
    melBins,
    encoderLayers: countLayers(file, 'encoder'),
    decoderLayers: countLayers(file, 'decoder'),
    heads,
    headSize: modelSize / heads,
    modelSize,
    audioContext,
    textContext,
    vocabularySize,
  }
}

function countLayers(file: Ctranslate2File, part: 'encoder' | 'decoder'): number {
  let layers = 0
  while (file.has(`${part}/layer_${layers}/ffn/linear_0/weight`)) layers++
  return layers
}

function describe(
  shape: WhisperShape,
  precision: Precision,
  vocabulary: readonly string[],
  config: Ctranslate2Config,
): WhisperDescription {
  if (vocabulary.length !== shape.vocabularySize) {
    throw new VoxbridgeError(
      'ERR_MODEL_FORMAT',
      `the vocabulary has ${vocabulary.length} tokens, model.bin has ${shape.vocabularySize}`,
    )
  }
  const tokens = readSpecialTokens(vocabulary)
  const languages = Object.fromEntries(
    vocabulary.flatMap((token, id) => {
      const language = id > tokens.startOfTranscript ? languageOfToken(token) : undefined
      return language === undefined ? [] : [[language, id]]
    }),
  )
  const multilingual = vocabulary.length !== englishOnlyTokens
  return {
    engine: 'whisper',
    precision,
    shape,
    tokens,
    multilingual,
    languages: multilingual ? languages : Object.fromEntries(Object.entries(languages).slice(0, 1)),
    suppressed: config.suppress_ids,
    suppressedAtStart: config.suppress_ids_begin,
  }
}

function readSpecialTokens(vocabulary: readonly string[]): SpecialTokens {
  const idOf = (...names: string[]): number => {
    const id = vocabulary.findIndex((token) => names.includes(token))
    if (id >= 0) return id
    throw new VoxbridgeError('ERR_MODEL_FORMAT', `the vocabulary has no token ${names.join(' or ')}`)
  }
  return {
    endOfText: idOf('<|endoftext|>'),
    startOfTranscript: idOf('<|startoftranscript|>'),
    transcribe: idOf('<|transcribe|>'),
    noSpeech: idOf('<|nospeech|>', '<|nocaptions|>'),
    noTimestamps: idOf('<|notimestamps|>'),
    firstTimestamp: idOf('<|0.00|>'),
  }
}

async function writeGraph(path: string, bytes: Uint8Array): Promise<void> {
  if (bytes.length > largestOnnxBytes) {
    throw new VoxbridgeError(
      'ERR_MODEL_FORMAT',
      `the model is too large for one ONNX file (${bytes.length} bytes): import it with precision=int8`,
    )
  }
  await writeFile(path, bytes)
}
