import type { Synthesizer } from '../stages/speak/synthesizer.ts'
import type { Recognizer } from '../stages/transcribe/recognizer.ts'
import { exampleOf } from '../stages/translate/routes.ts'
import type { Translator } from '../stages/translate/translator.ts'

/** Shares of an engine's time, by the engine's name; above 1 where it cannot keep up. */
export type EngineShares = Readonly<Record<string, number>>

export interface CalibratedEngines {
  readonly recognizer: Recognizer
  /** The name of its engine. */
  readonly recognizerEngine: string
  readonly translator: Translator
  /** The name of its engine. */
  readonly translatorEngine: string
  readonly synthesizers: readonly Synthesizer[]
}

const heardMs = 4000
const samplesPerMs = 16
const spokenText = 'OK.'
/** What is said in `heardMs`. */
const heardText = 'I would like to know when the next train leaves.'
/**
 * What somebody who talks all the time needs of an engine, by what a second of the small request's audio costs. Of 24
 * and of 5 such speakers at a time on two cores: speech takes longer than the silence that is heard here, and a pause
 * within an utterance has it recognised and translated once more; a short text costs a voice more than a long one.
 */
const talkingFactor = { recognizer: 1.8, translator: 1.8, voice: 0.8 }

/**
 * Times one small request to each engine that is warm already.
 * @returns the share of each engine's time that one more speaker can be expected to need.
 */
export async function calibrate(
  { recognizer, recognizerEngine, translator, translatorEngine, synthesizers }: CalibratedEngines,
  { signal }: { readonly signal: AbortSignal },
): Promise<EngineShares> {
  const [language = 'en'] = recognizer.info.languages
  const samples = new Float32Array(heardMs * samplesPerMs)
  let startedAt = performance.now()
  await recognizer.recognize({ samples, language }, { signal })
  const shares = {
    [recognizerEngine]: talkingFactor.recognizer * costOf(performance.now() - startedAt, heardMs),
  }
  const [route] = translator.info.routes
  if (route) {
    startedAt = performance.now()
    await translator.translate({ text: heardText, ...exampleOf(route) }, { signal })
    shares[translatorEngine] = talkingFactor.translator * costOf(performance.now() - startedAt, heardMs)
  }
  for (const synthesizer of synthesizers) {
    const { sampleRate, voices } = synthesizer.info
    const [voice] = voices
    if (!voice) continue
    let spokenSamples = 0
    startedAt = performance.now()
    const speech = synthesizer.synthesize({ text: spokenText, language: voice.language }, { signal })
    for await (const chunk of speech) spokenSamples += chunk.samples.length
    shares[voice.engine] =
      talkingFactor.voice * costOf(performance.now() - startedAt, (spokenSamples / sampleRate) * 1000)
  }
  return shares
}

function costOf(workMs: number, audioMs: number): number {
  return audioMs === 0 ? 0 : workMs / audioMs
}
