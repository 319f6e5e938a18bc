import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { VoxbridgeError } from '../../../errors.ts'
import { descriptionFile } from '../../../models/installed.ts'
import { type OptimumPrecision } from '../../../models/optimum/layout.ts'
import { type LanguageTokens } from './languages.ts'

/** Names of the files in an installed model folder, beside the graphs. */
export const modelFile = { vocabulary: 'vocab.json', pieces: 'sentencepiece.bpe.model' } as const

/**
 * Where the languages are said: `m2m100` reads the source's before the source and writes the target's first,
 * `small100` reads the target's before the source.
 */
export const flavours = ['m2m100', 'small100'] as const
export type Flavour = (typeof flavours)[number]

export interface SpecialTokens {
  /** What the decoder reads first. */
  readonly start: number
  readonly end: number
  readonly padding: number
  readonly unknown: number
  /** Entries of the vocabulary that are no words and never generated. */
  readonly noWords: readonly number[]
}

/** `model.json` of an installed model. */
export interface M2m100Description {
  readonly engine: 'm2m100'
  readonly flavour: Flavour
  readonly precision: OptimumPrecision
  /** Hypotheses that are followed at once; 1 is greedy. */
  readonly beams: number
  readonly modelSize: number
  readonly encoderLayers: number
  readonly decoderLayers: number
  readonly heads: number
  /** Longest source and longest translation, in ids, that the graphs can read. */
  readonly maxPositions: number
  /** Longest translation in ids, with those at its start. */
  readonly maxLength: number
  /** Entries of vocab.json; the ids from here on are those of languages, and of nothing. */
  readonly vocabularyEntries: number
  /** Number of logits. */
  readonly vocabularySize: number
  readonly tokens: SpecialTokens
  readonly languages: LanguageTokens
}

/** @throws VoxbridgeError ERR_MODEL_MISSING or ERR_MODEL_FORMAT where the folder holds no installed M2M100 model. */
export async function readDescription(modelDir: string): Promise<M2m100Description> {
  let description: Partial<M2m100Description>
  try {
    const content = await readFile(join(modelDir, descriptionFile), 'utf8')
    description = JSON.parse(content) as Partial<M2m100Description>
  } catch (cause) {
    if (cause instanceof SyntaxError) {
      throw new VoxbridgeError('ERR_MODEL_FORMAT', `model.json in ${modelDir} is not JSON`, { cause })
    }
    const message = `${modelDir} holds no installed model: it has no model.json`
    throw new VoxbridgeError('ERR_MODEL_MISSING', message, { cause })
  }
  if (description.engine !== 'm2m100' || description.tokens === undefined) {
    throw new VoxbridgeError(
      'ERR_MODEL_FORMAT',
      `model.json in ${modelDir} does not describe an M2M100 model: import the model again`,
    )
  }
  return description as M2m100Description
}
