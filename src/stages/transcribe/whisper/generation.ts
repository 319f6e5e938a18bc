import { type CancelSignal } from '../../../models/engine.ts'
import { lengthBeforeLoop } from '../../../models/token-loop.ts'
import { DraftReader } from './draft-reader.ts'
import { type Decoding } from './graphs.ts'
import { type WhisperDescription } from './model-description.ts'
import { type PromptOptions, promptLength, readPrompt } from './prompt.ts'
import { chooseToken, probabilityOf, secondsPerTimestamp } from './token-rules.ts'

export interface GenerationOptions extends PromptOptions {
  /**
   * True for audio with a little silence after it: there the timestamps say where to stop, which the end-of-text token
   * does not. False for a window of 30 s.
   */
  readonly timestamps: boolean
  /** Length of the audio without the silence added after it. */
  readonly speechSeconds: number
  readonly signal: CancelSignal
}

export interface Generation {
  /** Text and timestamps from the prefix on, without prompt and end. Empty where there was no speech. */
  readonly tokens: readonly number[]
  readonly language: string
  readonly noSpeechProbability: number
  /** True where the guard against repetition or the length limit cut the output. */
  readonly truncated: boolean
}

/** Silence and noise were always above this; speech seldom is. */
const doubtfulNoSpeech = 0.5
/** Mean log probability of the text, below which doubtful audio is no speech; speech stayed above -0.5. */
const leastMeanLogProbability = -0.7
/** A timestamp this close to the end of the speech is the end. */
const endToleranceSeconds = 0.5
/** More tokens than anybody says. */
const tokenLimit = { atLeast: 6, perSecond: 9 }

/** Greedy decoding of freshly encoded audio. A draft changes how long it takes, not what comes out. */
export async function generate(
  decoding: Decoding,
  description: WhisperDescription,
  options: GenerationOptions,
): Promise<Generation> {
  const { prefix, speechSeconds } = options
  const limit = Math.min(
    tokenLimit.atLeast + tokenLimit.perSecond * speechSeconds,
    description.shape.textContext - promptLength(description),
  )
  const draft = options.draft.slice(0, Math.max(0, limit - prefix.length))
  const prompted = await readPrompt(decoding, description, { ...options, draft })
  const { language, noSpeechProbability } = prompted
  const doubtful = noSpeechProbability > doubtfulNoSpeech
  const [logits = new Float32Array(0), ...ahead] = prompted.rows
  const text = await generateText(new DraftReader(decoding, draft, ahead), logits, description, {
    ...options,
    limit,
    scored: doubtful,
  })
  // In noise the model invents a sentence that it hardly believes, or falls into a loop.
  const isSpeech = !doubtful || (!text.truncated && text.meanLogProbability > leastMeanLogProbability)
  const { tokens, truncated } = isSpeech ? text : { tokens: [], truncated: false }
  return { tokens, language, noSpeechProbability, truncated }
}

interface GeneratedText {
  readonly tokens: readonly number[]
  readonly truncated: boolean
  /** Over text and end, not timestamps; only where it was asked for, for it costs as much as choosing the token. */
  readonly meanLogProbability: number
}

async function generateText(
  reader: DraftReader,
  logitsAfterPrefix: Float32Array,
  description: WhisperDescription,
  options: GenerationOptions & { readonly limit: number; readonly scored: boolean },
): Promise<GeneratedText> {
  const { prefix, speechSeconds, timestamps, limit, scored, signal } = options
  const { firstTimestamp, endOfText } = description.tokens
  const tokens = [...prefix]
  const logProbabilities: number[] = []
  const result = (truncated: boolean): GeneratedText => {
    const sum = logProbabilities.reduce((total, value) => total + value, 0)
    return { tokens, truncated, meanLogProbability: sum / Math.max(1, logProbabilities.length) }
  }
  let logits = logitsAfterPrefix
  while (tokens.length < limit && !signal.aborted) {
    const token = chooseToken(logits, tokens, description, timestamps)
    const isTimestamp = token >= firstTimestamp
    if (scored && !isTimestamp) logProbabilities.push(Math.log(probabilityOf(logits, token)))
    if (token === endOfText) return result(false)
    tokens.push(token)
    if (isTimestamp) {
      const seconds = (token - firstTimestamp) * secondsPerTimestamp
      if (seconds >= speechSeconds - endToleranceSeconds) return result(false)
    } else {
      const keep = lengthBeforeLoop(tokens)
      if (keep !== undefined) {
        tokens.length = Math.max(keep, prefix.length)
        return result(true)
      }
    }
    logits = await reader.read(token)
  }
  return result(true)
}
