/** The `model.json` of a model that speaks: its voices as data. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { VoxbridgeError } from '../../errors.ts'
import type { Gender, Voice } from './synthesizer.ts'

export interface VoiceDescription {
  /** The name that clients use, e.g. `pf_dora`. */
  readonly id: string
  /** ISO 639-1 code. */
  readonly language: string
  /** The espeak-ng voice that gives its phonemes, e.g. `pt-br`. */
  readonly espeakVoice: string
  readonly gender?: Gender
  readonly robotic?: boolean
}

export interface VoiceModelDescription {
  readonly engine: string
  /** Of the weights, e.g. `fp16`. What is in 8 bit, or does not say, runs on the CPU. */
  readonly precision?: string
  /** In Hz, of what the model makes. */
  readonly sampleRate: number
  /** The first voice of a language is its default. */
  readonly voices: readonly VoiceDescription[]
}

export async function writeVoiceModelDescription(
  dir: string,
  description: VoiceModelDescription,
): Promise<void> {
  await writeFile(join(dir, 'model.json'), `${JSON.stringify(description, undefined, 2)}\n`)
}

/**
 * @throws VoxbridgeError ERR_MODEL_MISSING where there is no `model.json`, ERR_MODEL_FORMAT where it describes no
 *   voices.
 */
export async function readVoiceModelDescription(dir: string): Promise<VoiceModelDescription> {
  const text = await readFile(join(dir, 'model.json'), 'utf8').catch((cause: unknown) => {
    throw new VoxbridgeError(
      'ERR_MODEL_MISSING',
      `there is no model.json in ${dir}: import the model first`,
      {
        cause,
      },
    )
  })
  const description = parseJson(text)
  if (isDescription(description)) return description
  throw new VoxbridgeError(
    'ERR_MODEL_FORMAT',
    `${join(dir, 'model.json')} is not {"engine", "sampleRate", "voices": [{"id", "language", "espeakVoice", "gender"?, "robotic"?}, ...]}`,
  )
}

/** What clients learn of the voices of a model. */
export function voicesOf({ engine, voices }: VoiceModelDescription): Voice[] {
  return voices.map(({ espeakVoice: _, ...voice }) => ({ ...voice, engine }))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isDescription(value: unknown): value is VoiceModelDescription {
  if (!isObject(value) || typeof value['engine'] !== 'string') return false
  const { sampleRate, voices } = value as { sampleRate?: unknown; voices?: unknown }
  if (!Number.isInteger(sampleRate) || !Array.isArray(voices) || voices.length === 0) return false
  return voices.every(isVoice)
}

function isVoice(value: unknown): value is VoiceDescription {
  if (!isObject(value)) return false
  const { gender, robotic } = value as { gender?: unknown; robotic?: unknown }
  return (
    ['id', 'language', 'espeakVoice'].every((field) => typeof value[field] === 'string') &&
    [undefined, 'female', 'male'].some((known) => known === gender) &&
    [undefined, true, false].some((known) => known === robotic)
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
