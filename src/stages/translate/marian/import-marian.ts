/** Imports a folder with a Marian student model, as Bergamot and Firefox Translations publish them. */
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { VoxbridgeError } from '../../../errors.ts'
import { type ModelImporter } from '../../../models/engine.ts'
import { SentencePiece } from '../sentencepiece.ts'
import { readArchitecture } from './architecture.ts'
import { buildDecoderStep, buildEncoder } from './graphs.ts'
import { type Precision } from './layers.ts'
import { readMarianFile } from './marian-file.ts'
import { type ModelDescription, modelFile } from './model-description.ts'
import { Shortlist } from './shortlist.ts'
import { Weights } from './weights.ts'

const modelPattern = /^model.*\.(bin|npz)(\.gz)?$/
const shortlistPattern = /^lex.*\.bin(\.gz)?$/
const vocabularyPatterns = {
  shared: /^vocab\..*spm(\.gz)?$/,
  source: /^srcvocab\..*spm(\.gz)?$/,
  target: /^trgvocab\..*spm(\.gz)?$/,
}
/** The part of a file name that names the pair, e.g. `.enpt.` */
const pairPattern = /\.([a-z]{2})([a-z]{2})\./
const languagePattern = /^[a-z]{2,3}$/

export const marianImporter: ModelImporter = {
  format: 'marian-student',
  description:
    'Marian student: model*.bin (intgemm8), vocab*.spm or srcvocab*.spm and trgvocab*.spm, lex*.s2t.bin; ' +
    'settings precision=int8|fp32, source=LANG, target=LANG',

  detect(files) {
    return files.some((file) => modelPattern.test(file)) && files.some((file) => /\.spm(\.gz)?$/.test(file))
  },

  async run(sourceDir, targetDir, { settings }) {
    const files = (await readdir(sourceDir)).sort()
    const modelName = findFile(files, modelPattern, 'model*.bin')
    const shortlistName = findFile(files, shortlistPattern, 'lex*.s2t.bin')
    const vocabularies = findVocabularies(files)
    const pair = languagePair([modelName, ...Object.values(vocabularies), shortlistName], settings)
    const precision = readPrecision(settings)

    const { configText, tensors } = readMarianFile(await readMaybeGzipped(join(sourceDir, modelName)))
    const architecture = readArchitecture(configText)
    const weights = new Weights(tensors)
    const shortlist = await readMaybeGzipped(join(sourceDir, shortlistName))
    // Only for its checks: a shortlist of another model must fail here, not at the first sentence.
    new Shortlist(shortlist, architecture.sourceVocabulary, architecture.targetVocabulary)

    const description: ModelDescription = {
      engine: 'marian',
      ...pair,
      precision,
      sourceVocabulary: installedName(vocabularies.source),
      targetVocabulary: installedName(vocabularies.target),
      architecture,
    }
    await writeFile(join(targetDir, modelFile.encoder), buildEncoder(weights, architecture, precision))
    await writeFile(
      join(targetDir, modelFile.decoderStep),
      buildDecoderStep(weights, architecture, precision),
    )
    await writeFile(join(targetDir, modelFile.shortlist), shortlist)
    for (const name of new Set(Object.values(vocabularies))) {
      const path = join(targetDir, installedName(name))
      await writeFile(path, await readMaybeGzipped(join(sourceDir, name)))
      // Only for its check, as above.
      await SentencePiece.load(path)
    }
    await writeFile(join(targetDir, modelFile.description), `${JSON.stringify(description, null, 2)}\n`)
  },
}

function findFile(files: readonly string[], pattern: RegExp, expected: string): string {
  const found = files.filter((file) => pattern.test(file))
  if (found.length === 1 && found[0] !== undefined) return found[0]
  throw formatError(
    found.length === 0
      ? `the folder has no ${expected} (it has: ${files.join(', ')})`
      : `the folder has more than one ${expected}: ${found.join(', ')}; leave only one`,
  )
}

function findVocabularies(files: readonly string[]): { source: string; target: string } {
  if (files.some((file) => vocabularyPatterns.source.test(file))) {
    return {
      source: findFile(files, vocabularyPatterns.source, 'srcvocab*.spm'),
      target: findFile(files, vocabularyPatterns.target, 'trgvocab*.spm'),
    }
  }
  const shared = findFile(files, vocabularyPatterns.shared, 'vocab*.spm')
  return { source: shared, target: shared }
}

function languagePair(
  names: readonly string[],
  settings: Readonly<Record<string, string>>,
): { source: string; target: string } {
  const inName = names.map((name) => pairPattern.exec(name)).find((match) => match !== null)
  const source = settings['source'] ?? inName?.[1]
  const target = settings['target'] ?? inName?.[2]
  if (source === undefined || target === undefined) {
    throw formatError(
      'the file names do not tell the languages (as vocab.enpt.spm would): give the settings source and target',
    )
  }
  for (const [name, code] of Object.entries({ source, target })) {
    if (!languagePattern.test(code)) {
      throw formatError(`${name} is ${code}, expected an ISO 639 code in small letters, e.g. pt`)
    }
  }
  return { source, target }
}

function readPrecision(settings: Readonly<Record<string, string>>): Precision {
  const precision = settings['precision'] ?? 'int8'
  if (precision === 'int8' || precision === 'fp32') return precision
  throw formatError(`precision is ${precision}, supported are int8 and fp32`)
}

async function readMaybeGzipped(path: string): Promise<Uint8Array> {
  const bytes = await readFile(path)
  if (!path.endsWith('.gz')) return bytes
  try {
    return gunzipSync(bytes)
  } catch (error) {
    throw new VoxbridgeError('ERR_MODEL_FORMAT', `${basename(path)} cannot be unpacked`, { cause: error })
  }
}

function installedName(name: string): string {
  return name.replace(/\.gz$/, '')
}

function formatError(message: string): VoxbridgeError {
  return new VoxbridgeError('ERR_MODEL_FORMAT', `Marian student: ${message}`)
}
