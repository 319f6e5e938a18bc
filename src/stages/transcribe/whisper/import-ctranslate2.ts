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
 *
 * With `precision: fp16`, for GPUs, 24 of 24 clips in two languages gave the same tokens as with fp32.
 *
 * The source may hold its weights in any type that CTranslate2 converts to. Best is float16 or float32: 8-bit weights
 * are scaled back and quantised again, with other scales.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { VoxbridgeError } from '../../../errors.ts'
import { type ImportOptions, type ModelImporter } from '../../../models/engine.ts'
import { writeGraph } from '../../../models/onnx/write-graph.ts'
import { Ctranslate2File } from './ctranslate2-file.ts'
import { type Ctranslate2Config, readConfig, readVocabulary, vocabularyFiles } from './ctranslate2-folder.ts'
import { buildDecoder } from './decoder-graph.ts'
import { buildEncoder } from './encoder-graph.ts'
import { type Precision } from './layers.ts'
import { type WhisperDescription, type WhisperShape } from './model-description.ts'
import { readShape } from './model-shape.ts'
import { isMultilingual, readLanguages, readSpecialTokens } from './special-tokens.ts'
import { packVocabulary } from './vocabulary.ts'

const precisions: readonly Precision[] = ['int8', 'fp16', 'fp32']
const graphVersions = { irVersion: 9, opset: 20 }

export const ctranslate2WhisperImporter: ModelImporter = {
  format: 'ctranslate2-whisper',
  description:
    'Whisper for CTranslate2 or faster-whisper (model.bin, config.json, vocabulary.json or .txt); ' +
    'precision=int8 (default), fp16 (for GPUs) or fp32',
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
    const shape = readShape(file)
    const description = describe(shape, precision, tokens, config)
    await writeGraph(
      join(targetDir, 'encoder.onnx'),
      (graph) => buildEncoder(graph, file, shape, precision),
      { name: 'whisper-encoder', ...graphVersions },
    )
    await writeGraph(
      join(targetDir, 'decoder.onnx'),
      (graph) => buildDecoder(graph, file, shape, precision),
      { name: 'whisper-decoder', ...graphVersions },
    )
    const text = packVocabulary(tokens.slice(0, description.tokens.endOfText))
    await writeFile(join(targetDir, 'tokens.bin'), text)
    await writeFile(join(targetDir, 'model.json'), `${JSON.stringify(description, null, 2)}\n`)
  } finally {
    file.close()
  }
}

function readPrecision(setting = 'int8'): Precision {
  const precision = precisions.find((candidate) => candidate === setting)
  if (precision !== undefined) return precision
  throw new VoxbridgeError(
    'ERR_MODEL_FORMAT',
    `precision=${setting}: Whisper can be imported as ${precisions.join(', ')}`,
  )
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
  const multilingual = isMultilingual(vocabulary)
  return {
    engine: 'whisper',
    precision,
    shape,
    tokens,
    multilingual,
    languages: readLanguages(vocabulary, tokens, multilingual),
    suppressed: config.suppress_ids,
    suppressedAtStart: config.suppress_ids_begin,
  }
}
