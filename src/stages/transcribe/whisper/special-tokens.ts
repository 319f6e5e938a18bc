/** Finds the tokens that steer the decoder by their names. */
import { VoxbridgeError } from '../../../errors.ts'
import { languageOfToken } from './languages.ts'
import { type SpecialTokens } from './model-description.ts'

/** Only the English-only models have a vocabulary of this size; CTranslate2 tells them by it, too. */
const englishOnlyTokens = 51864

/**
 * @param vocabulary the tokens by their ids
 * @throws VoxbridgeError ERR_MODEL_FORMAT that names the token that is missing
 */
export function readSpecialTokens(vocabulary: readonly string[]): SpecialTokens {
  const idOf = (...names: string[]): number => {
    const id = vocabulary.findIndex((token) => names.includes(token))
    if (id >= 0) return id
    throw new VoxbridgeError('ERR_MODEL_FORMAT', `the vocabulary has no token ${names.join(' or ')}`)
  }
  return {
    endOfText: idOf('<|endoftext|>'),
    startOfTranscript: idOf('<|startoftranscript|>'),
    transcribe: idOf('<|transcribe|>'),
    noSpeech: idOf('<|nospeech|>', '<|nocaptions|>'),
    noTimestamps: idOf('<|notimestamps|>'),
    firstTimestamp: idOf('<|0.00|>'),
  }
}

/** @param vocabulary the tokens by their ids */
export function isMultilingual(vocabulary: readonly string[]): boolean {
  return vocabulary.length !== englishOnlyTokens
}

/**
 * Language tokens by ISO 639 code. English-only models have all of them, too, and know what to do with the first.
 * @param vocabulary the tokens by their ids
 */
export function readLanguages(
  vocabulary: readonly string[],
  { startOfTranscript }: SpecialTokens,
  multilingual: boolean,
): Record<string, number> {
  const languages = vocabulary.flatMap((token, id) => {
    const language = id > startOfTranscript ? languageOfToken(token) : undefined
    return language === undefined ? [] : [[language, id] as const]
  })
  return Object.fromEntries(multilingual ? languages : languages.slice(0, 1))
}
