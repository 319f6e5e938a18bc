/**
 * Which voice speaks. Voices stand in one order: that of `TTS_MODEL`, within a model that of its `model.json`, and
 * robotic ones behind all others. The first of a language is its default.
 */
import type { RequestOptions } from '../../models/request-queue.ts'
import type { SpeechChunk, SynthesizeRequest, Synthesizer, Voice } from './synthesizer.ts'

export interface ChosenVoice {
  readonly synthesizer: Synthesizer
  readonly voice: string
  /** Who speaks where this voice fails, in order: the first voice of each other engine. */
  readonly fallbacks: readonly ChosenVoice[]
}

/** All voices, in their order. */
export function orderedVoices(synthesizers: readonly Synthesizer[]): Voice[] {
  return candidates(synthesizers).map(({ voice }) => voice)
}

/** @returns the wanted voice where it speaks the language, else the language's default; undefined where it has none. */
export function chooseVoice(
  synthesizers: readonly Synthesizer[],
  language: string,
  wanted: string | undefined,
): ChosenVoice | undefined {
  const speaking = candidates(synthesizers).filter(({ voice }) => voice.language === language)
  const chosen = speaking.find(({ voice }) => voice.id === wanted) ?? speaking[0]
  if (!chosen) return undefined
  const fallbacks: ChosenVoice[] = []
  for (const { synthesizer, voice } of speaking) {
    const asked = [chosen, ...fallbacks].some((other) => other.synthesizer === synthesizer)
    if (!asked) fallbacks.push({ synthesizer, voice: voice.id, fallbacks: [] })
  }
  return { synthesizer: chosen.synthesizer, voice: chosen.voice.id, fallbacks }
}

/**
 * Speaks with a voice or, where it fails before its first sound, with the next one.
 * @throws what the last voice, or one that has begun, throws.
 */
export async function* speakWith(
  { synthesizer, voice, fallbacks }: ChosenVoice,
  request: Omit<SynthesizeRequest, 'voice'>,
  options: RequestOptions,
): AsyncGenerator<SpeechChunk> {
  const [next, ...others] = fallbacks
  let begun = false
  try {
    for await (const chunk of synthesizer.synthesize({ ...request, voice }, options)) {
      begun = true
      yield chunk
    }
  } catch (error) {
    if (begun || options.signal.aborted || !next) throw error
    yield* speakWith({ ...next, fallbacks: others }, request, options)
  }
}

interface Candidate {
  readonly synthesizer: Synthesizer
  readonly voice: Voice
}

function candidates(synthesizers: readonly Synthesizer[]): Candidate[] {
  const all = synthesizers.flatMap((synthesizer) =>
    synthesizer.info.voices.map((voice) => ({ synthesizer, voice })),
  )
  const isRobotic = ({ voice }: Candidate): boolean => voice.robotic === true
  return [...all.filter((candidate) => !isRobotic(candidate)), ...all.filter(isRobotic)]
}
