import { VoxbridgeError } from '../../../errors.ts'
import { type RecognizeRequest } from '../recognizer.ts'
import { sampleRateHz } from './features.ts'
import { type WhisperDescription } from './model-description.ts'
import { promptLength } from './prompt.ts'
import { windowSamples } from './transcription.ts'

/** One request must not keep the others waiting for minutes. */
export const maxSeconds = 300

/** @throws VoxbridgeError ERR_BAD_REQUEST where the model must not be given the request */
export function checkRequest(request: RecognizeRequest, description: WhisperDescription): void {
  const { samples, language, prefix = [], draft = [] } = request
  const seconds = Math.round(samples.length / sampleRateHz)
  if (seconds > maxSeconds) {
    throw badRequest(`the audio has ${seconds} s, one request may carry ${maxSeconds} s`)
  }
  checkTokens('prefix', prefix, description)
  checkTokens('draft', draft, description)
  if (prefix.length === 0) return
  if (language === 'auto') throw badRequest('a prefix needs the language that its tokens are in, not "auto"')
  if (samples.length > windowSamples) {
    throw badRequest(
      `audio with a prefix may have ${windowSamples / sampleRateHz} s at most, this has ${seconds} s`,
    )
  }
}

function checkTokens(
  name: 'prefix' | 'draft',
  ids: readonly number[],
  description: WhisperDescription,
): void {
  const { shape, tokens } = description
  const most = shape.textContext - promptLength(description)
  if (ids.length > most) throw badRequest(`the ${name} has ${ids.length} tokens, the model takes ${most}`)
  for (const id of ids) {
    const isText = id >= 0 && id < tokens.endOfText
    const isTimestamp = id >= tokens.firstTimestamp && id < shape.vocabularySize
    if (!Number.isInteger(id) || !(isText || isTimestamp)) {
      throw badRequest(`the ${name} may hold the tokens of text and timestamps, ${id} is neither`)
    }
  }
}

function badRequest(message: string): VoxbridgeError {
  return new VoxbridgeError('ERR_BAD_REQUEST', message)
}
