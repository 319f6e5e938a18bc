import { VoxbridgeError } from '../../../errors.ts'
import { type CancelSignal } from '../../../models/engine.ts'
import { type Decoding } from './model.ts'
import { type WhisperDescription } from './model-description.ts'
import { chooseToken, lengthBeforeLoop, probabilityOf, secondsPerTimestamp } from './token-rules.ts'

export interface GenerationOptions {
  /** ISO 639-1 code, or undefined to detect it. */
  readonly language: string | undefined
  /** Languages that detection chooses from; empty means all. */
  readonly candidates: readonly string[]
  /** Length of the audio without the silence added after it. */
  readonly speechSeconds: number
  /**
   * True for audio with a little silence after it: there the timestamps say where to stop, which the end-of-text token
   * does not. False for a window of 30 s.
   */
  readonly timestamps: boolean
  readonly signal: CancelSignal
}

export interface Generation {
  /** Text and timestamps, without prompt and end. Empty where there was no speech. */
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

/** Greedy decoding of freshly encoded audio. */
export async function generate(
  decoding: Decoding,
  description: WhisperDescription,
  options: GenerationOptions,
): Promise<Generation> {
  const { language, noSpeechProbability, logits } = await readPrompt(decoding, description, options)
  const doubtful = noSpeechProbability > doubtfulNoSpeech
  const text = await generateText(decoding, description, { ...options, scored: doubtful }, logits)
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
  decoding: Decoding,
  description: WhisperDescription,
  { speechSeconds, timestamps, signal, scored }: GenerationOptions & { scored: boolean },
  promptLogits: Float32Array,
): Promise<GeneratedText> {
  const { firstTimestamp, endOfText } = description.tokens
  const limit = Math.min(
    tokenLimit.atLeast + tokenLimit.perSecond * speechSeconds,
    description.shape.textContext - decoding.length,
  )
  const tokens: number[] = []
  const logProbabilities: number[] = []
  const result = (truncated: boolean): GeneratedText => {
    const sum = logProbabilities.reduce((total, value) => total + value, 0)
    return { tokens, truncated, meanLogProbability: sum / Math.max(1, logProbabilities.length) }
  }
  let logits = promptLogits
  while (!signal.aborted) {
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
        tokens.length = keep
        return result(true)
      }
    }
    if (tokens.length >= limit) return result(true)
    logits = lastRow(await decoding.read([token]))
  }
  return result(true)
}

interface Prompted {
  readonly language: string
  readonly noSpeechProbability: number
  /** After the whole prompt. */
  readonly logits: Float32Array
}

/** Reads the prompt: start, language, task, and either the first timestamp or the wish for none. */
async function readPrompt(
  decoding: Decoding,
  description: WhisperDescription,
  options: GenerationOptions,
): Promise<Prompted> {
  const { startOfTranscript, noSpeech, transcribe, firstTimestamp, noTimestamps } = description.tokens
  const start = options.timestamps ? firstTimestamp : noTimestamps
  const afterStart = (language: string): number[] => {
    const token = languageToken(description, language)
    return description.multilingual ? [token, transcribe, start] : [start]
  }
  if (options.language !== undefined) {
    const rows = await decoding.read([startOfTranscript, ...afterStart(options.language)], 0)
    return {
      language: options.language,
      noSpeechProbability: probabilityOf(firstRow(rows), noSpeech),
      logits: lastRow(rows),
    }
  }
  const opening = lastRow(await decoding.read([startOfTranscript]))
  const language = detectLanguage(opening, description, options.candidates)
  const noSpeechProbability = probabilityOf(opening, noSpeech)
  return { language, noSpeechProbability, logits: lastRow(await decoding.read(afterStart(language))) }
}

/** @param opening the logits after the first token of the prompt */
function detectLanguage(
  opening: Float32Array,
  { languages }: WhisperDescription,
  candidates: readonly string[],
): string {
  const considered = Object.entries(languages).filter(
    ([code]) => candidates.length === 0 || candidates.includes(code),
  )
  if (considered.length === 0) {
    throw new VoxbridgeError('ERR_LANGUAGE', `the model hears none of ${candidates.join(', ')}`)
  }
  const logit = (id: number): number => opening[id] ?? -Infinity
  return considered.reduce((best, entry) => (logit(entry[1]) > logit(best[1]) ? entry : best))[0]
}

function languageToken({ languages }: WhisperDescription, language: string): number {
  const id = languages[language]
  if (id !== undefined) return id
  const known = Object.keys(languages).join(', ')
  throw new VoxbridgeError('ERR_LANGUAGE', `the model does not hear "${language}"; it hears ${known}`)
}

function firstRow(rows: readonly Float32Array[]): Float32Array {
  return rows[0] ?? new Float32Array(0)
}

function lastRow(rows: readonly Float32Array[]): Float32Array {
  return rows.at(-1) ?? new Float32Array(0)
}
