/** What all engines that speak do with a request: find the voice, check the speed, know the pause behind a text. */
import { VoxbridgeError } from '../../errors.ts'
import type { VoiceDescription } from './voice-model.ts'

export const slowestSpeed = 0.5
export const fastestSpeed = 2

/** @throws VoxbridgeError ERR_BAD_REQUEST */
export function checkSpeed(speed: number): void {
  if (speed >= slowestSpeed && speed <= fastestSpeed) return
  throw new VoxbridgeError('ERR_BAD_REQUEST', `speed ${speed} is outside ${slowestSpeed} to ${fastestSpeed}`)
}

/**
 * @param id of the voice; the first that speaks the language where it is left out.
 * @throws VoxbridgeError ERR_LANGUAGE or ERR_VOICE that lists what there is.
 */
export function findVoice<T extends Pick<VoiceDescription, 'id' | 'language'>>(
  voices: readonly T[],
  language: string,
  id: string | undefined,
): T {
  const ofLanguage = voices.filter((voice) => voice.language === language)
  const chosen = id === undefined ? ofLanguage[0] : ofLanguage.find((voice) => voice.id === id)
  if (chosen) return chosen
  if (ofLanguage.length === 0) {
    const languages = [...new Set(voices.map((voice) => voice.language))].join(', ')
    throw new VoxbridgeError('ERR_LANGUAGE', `no voice speaks ${language}; there are voices for ${languages}`)
  }
  const ids = ofLanguage.map((voice) => voice.id).join(', ')
  throw new VoxbridgeError('ERR_VOICE', `no voice ${id} speaks ${language}; its voices are ${ids}`)
}

/** The pause that a speaker makes after this text, or its phonemes with their punctuation. */
export function pauseMs(text: string): number {
  if (/[.!?…。！？।؟][^\p{L}\p{N}]*$/u.test(text)) return 250
  return /[,;:—、，،][^\p{L}\p{N}]*$/u.test(text) ? 140 : 60
}
