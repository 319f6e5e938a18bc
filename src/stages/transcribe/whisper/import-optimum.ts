/**
 * Imports a Whisper repository in the layout of optimum and transformers.js (onnx-community/whisper-*,
 * Xenova/whisper-*). The graphs stay as they are.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ImportOptions, type ModelImporter } from '../../../models/engine.ts'
import {
  findOptimumGraphs,
  hasOptimumEncoder,
  installOptimumGraphs,
  readOptimumPrecision,
} from '../../../models/optimum/layout.ts'
import { listFiles } from '../../../models/verify.ts'
import { type WhisperDescription } from './model-description.ts'
import { readConfig, readVocabulary } from './optimum-folder.ts'
import { isMultilingual, readLanguages, readSpecialTokens } from './special-tokens.ts'
import { packVocabulary } from './vocabulary.ts'

export const optimumWhisperImporter: ModelImporter = {
  format: 'optimum-whisper',
  description:
    'Whisper by optimum or for transformers.js (encoder_model.onnx, decoder_model_merged.onnx, config.json, ' +
    'preprocessor_config.json and the tokenizer); always hears 30 s; precision=int8 (default), fp16 or fp32',
  // Only models that hear have a preprocessor.
  detect: (files) =>
    hasOptimumEncoder(files) && files.includes('config.json') && files.includes('preprocessor_config.json'),
  run: importModel,
}

async function importModel(sourceDir: string, targetDir: string, { settings }: ImportOptions): Promise<void> {
  const precision = readOptimumPrecision(settings)
  const { shape, suppressed, suppressedAtStart, ...config } = await readConfig(sourceDir)
  const vocabulary = await readVocabulary(sourceDir, shape.vocabularySize)
  const graphs = findOptimumGraphs(await listFiles(sourceDir), precision)
  const tokens = readSpecialTokens(vocabulary)
  const multilingual = config.multilingual ?? isMultilingual(vocabulary)
  const description: WhisperDescription = {
    engine: 'whisper',
    graphs: 'optimum',
    precision,
    shape,
    tokens,
    multilingual,
    languages: readLanguages(vocabulary, tokens, multilingual),
    suppressed,
    suppressedAtStart,
  }
  await installOptimumGraphs(sourceDir, targetDir, graphs)
  await writeFile(join(targetDir, 'tokens.bin'), packVocabulary(vocabulary.slice(0, tokens.endOfText)))
  await writeFile(join(targetDir, 'model.json'), `${JSON.stringify(description, null, 2)}\n`)
}
