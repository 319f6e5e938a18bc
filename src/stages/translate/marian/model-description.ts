import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { VoxbridgeError } from '../../../errors.ts'
import { type Architecture } from './architecture.ts'
import { type Precision } from './layers.ts'

/** Names of the files in an installed model folder. */
export const modelFile = {
  description: 'model.json',
  encoder: 'encoder.onnx',
  decoderStep: 'decoder-step.onnx',
  shortlist: 'shortlist.bin',
} as const

/** `model.json` of an installed model. */
export interface ModelDescription {
  readonly engine: 'marian'
  /** ISO 639-1 codes. */
  readonly source: string
  readonly target: string
  readonly precision: Precision
  /** File names; the same where both languages share one vocabulary. */
  readonly sourceVocabulary: string
  readonly targetVocabulary: string
  readonly architecture: Architecture
}

/** @throws VoxbridgeError ERR_MODEL_MISSING or ERR_MODEL_FORMAT where the folder holds no installed Marian model. */
export async function readDescription(modelDir: string): Promise<ModelDescription> {
  let content: string
  try {
    content = await readFile(join(modelDir, modelFile.description), 'utf8')
  } catch (error) {
    throw new VoxbridgeError(
      'ERR_MODEL_MISSING',
      `${modelDir} holds no installed model: it has no model.json`,
      {
        cause: error,
      },
    )
  }
  let description: Partial<ModelDescription>
  try {
    description = JSON.parse(content) as Partial<ModelDescription>
  } catch (error) {
    throw new VoxbridgeError('ERR_MODEL_FORMAT', `model.json in ${modelDir} is not JSON`, { cause: error })
  }
  if (description.engine !== 'marian' || description.architecture === undefined) {
    throw new VoxbridgeError(
      'ERR_MODEL_FORMAT',
      `model.json in ${modelDir} does not describe a Marian model: import the model again`,
    )
  }
  return description as ModelDescription
}
