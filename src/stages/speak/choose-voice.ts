import type { Synthesizer } from './synthesizer.ts'

export interface ChosenVoice {
  readonly synthesizer: Synthesizer
  readonly voice: string
}

/** @returns the wanted voice where it speaks the language, else the language's default; undefined where it has none. */
export function chooseVoice(
  synthesizers: readonly Synthesizer[],
  language: string,
  wanted: string | undefined,
): ChosenVoice | undefined {
  const speaking = synthesizers.flatMap((synthesizer) =>
    synthesizer.info.voices
      .filter((voice) => voice.language === language)
      .map(({ id }) => ({ synthesizer, voice: id })),
  )
  return speaking.find(({ voice }) => voice === wanted) ?? speaking[0]
}
