/** The small files beside `model.bin`. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { VoxbridgeError } from '../../../errors.ts'

/** CTranslate2 writes JSON since version 3.16; models that were converted before have text. */
export const vocabularyFiles = ['vocabulary.json', 'vocabulary.txt']

/** The tokens by their ids. */
export async function readVocabulary(sourceDir: string): Promise<readonly string[]> {
  const name = vocabularyFiles.find((candidate) => existsSync(join(sourceDir, candidate)))
  if (name === undefined) {
    throw new VoxbridgeError('ERR_MODEL_FORMAT', `${sourceDir} has no ${vocabularyFiles.join(' or ')}`)
  }
  const text = await readFile(join(sourceDir, name), 'utf8')
  // Not split at every kind of line end: some tokens are such characters.
  if (name.endsWith('.txt')) return text.replace(/\n$/, '').split('\n')
  return parseJson(name, text, isStringArray, 'an array of tokens')
}

/** Its token ids are those of the vocabulary. */
export interface Ctranslate2Config {
  readonly suppress_ids: readonly number[]
  readonly suppress_ids_begin: readonly number[]
}

export async function readConfig(sourceDir: string): Promise<Ctranslate2Config> {
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
