/** The `model.json` of a Piper voice. */
import { join } from 'node:path'
import { VoxbridgeError } from '../../../errors.ts'
import { type VoiceModelDescription, readVoiceModelDescription } from '../voice-model.ts'

export interface PiperDescription extends VoiceModelDescription {
  /** Ids of the symbols; some have several. */
  readonly symbolIds: SymbolIds
  readonly scales: PiperScales
}

export type SymbolIds = Readonly<Record<string, readonly number[]>>

/** What the voice sounds best with. */
export interface PiperScales {
  /** How much the sound varies. */
  readonly noise: number
  /** 1 is the speed of the recordings, 2 half of it. */
  readonly length: number
  /** How much the lengths of phonemes vary. */
  readonly noiseWidth: number
}

/** Stands between any two symbols. */
export const padding = '_'
export const beginning = '^'
export const ending = '$'

/** @throws VoxbridgeError ERR_MODEL_MISSING, ERR_MODEL_FORMAT */
export async function readPiperDescription(dir: string): Promise<PiperDescription> {
  const description = await readVoiceModelDescription(dir)
  if (isPiper(description)) return description
  const file = join(dir, 'model.json')
  throw new VoxbridgeError(
    'ERR_MODEL_FORMAT',
    `${file} has no "symbolIds" and "scales": import the voice again`,
  )
}

function isPiper(description: VoiceModelDescription): description is PiperDescription {
  const { symbolIds, scales } = description as Partial<PiperDescription>
  return isSymbolIds(symbolIds) && isScales(scales)
}

export function isSymbolIds(value: unknown): value is SymbolIds {
  if (typeof value !== 'object' || value === null) return false
  const isIds = (ids: unknown): boolean => Array.isArray(ids) && ids.every((id) => Number.isSafeInteger(id))
  return [padding, beginning, ending].every((symbol) => symbol in value) && Object.values(value).every(isIds)
}

function isScales(value: unknown): value is PiperScales {
  const scales = (value ?? {}) as Record<string, unknown>
  return ['noise', 'length', 'noiseWidth'].every((name) => Number.isFinite(scales[name]))
}
