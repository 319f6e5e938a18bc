/** What `model.json` of an imported Whisper says. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { VoxbridgeError } from '../../../errors.ts'
import { type OptimumPrecision } from '../../../models/optimum/layout.ts'
import { type Precision } from './layers.ts'

export interface WhisperShape {
  readonly melBins: number
  readonly encoderLayers: number
  readonly decoderLayers: number
  readonly heads: number
  readonly headSize: number
  readonly modelSize: number
  /** Positions of the encoder's output; one is two mel frames. */
  readonly audioContext: number
  /** Longest sequence of the decoder, prompt included. */
  readonly textContext: number
  readonly vocabularySize: number
}

export interface SpecialTokens {
  readonly endOfText: number
  readonly startOfTranscript: number
  readonly transcribe: number
  readonly noSpeech: number
  readonly noTimestamps: number
  /** `<|0.00|>`; the next ids follow in steps of 20 ms. */
  readonly firstTimestamp: number
}

export interface WhisperDescription {
  readonly engine: 'whisper'
  /** Who wrote the graphs: optimum, or, where it is left out, the import of a CTranslate2 model. */
  readonly graphs?: 'optimum'
  readonly precision: Precision | OptimumPrecision
  readonly shape: WhisperShape
  readonly tokens: SpecialTokens
  /** False for the English-only models, whose prompt names neither language nor task. */
  readonly multilingual: boolean
  /** Language token by ISO 639-1 code (639-3 where there is none). */
  readonly languages: Readonly<Record<string, number>>
  /** Never generated. */
  readonly suppressed: readonly number[]
  /** Never generated as the first token. */
  readonly suppressedAtStart: readonly number[]
}

/** @throws VoxbridgeError ERR_MODEL_FORMAT when the folder holds another engine's model. */
export async function readDescription(modelDir: string): Promise<WhisperDescription> {
  const path = join(modelDir, 'model.json')
  const description = JSON.parse(await readFile(path, 'utf8')) as WhisperDescription
  if (description.engine !== 'whisper') {
    throw new VoxbridgeError('ERR_MODEL_FORMAT', `${path} describes no Whisper model: import it again`)
  }
  return description
}
