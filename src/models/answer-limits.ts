/**
 * How long an engine may be silent over a request before its worker is taken for hung. The limits are far above what
 * slow machines need, for a worker that is taken for hung wrongly costs all that it was doing.
 */
import type { SynthesizeRequest } from '../stages/speak/synthesizer.ts'
import type { RecognizeRequest } from '../stages/transcribe/recognizer.ts'
import type { TranslateRequest } from '../stages/translate/translator.ts'

export interface AnswerLimits {
  readonly turnDetector: () => number
  readonly recognizer: (request: RecognizeRequest) => number
  readonly translator: (request: TranslateRequest) => number
  /** From one piece of speech to the next. */
  readonly voice: (request: SynthesizeRequest) => number
}

const samplesPerMs = 16
/** Where speech takes three times as long as it lasts, no conversation is possible. */
const recognitionFactor = 3
const perCharacterMs = 20

/** @param baseMs what the shortest request gets. */
export function answerLimits(baseMs: number): AnswerLimits {
  const forText = ({ text }: { readonly text: string }): number => baseMs + perCharacterMs * text.length
  return {
    turnDetector: () => baseMs,
    recognizer: ({ samples }) => baseMs + (recognitionFactor * samples.length) / samplesPerMs,
    translator: forText,
    voice: forText,
  }
}
