/** What the decoder reads before it generates: the prompt, the settled beginning of the text, and a draft. */
import { VoxbridgeError } from '../../../errors.ts'
import { type Decoding } from './graphs.ts'
import { type WhisperDescription } from './model-description.ts'
import { probabilityOf } from './token-rules.ts'

export interface PromptOptions {
  /** ISO 639-1 code, or undefined to detect it. */
  readonly language: string | undefined
  /** Languages that detection chooses from; empty means all. */
  readonly candidates: readonly string[]
  /** Tokens that the text begins with, whatever is heard. */
  readonly prefix: readonly number[]
  /** Tokens that probably come next. */
  readonly draft: readonly number[]
  /** Whether the text shall have timestamps. */
  readonly timestamps: boolean
}

export interface Prompted {
  readonly language: string
  /** 0 where a prefix says that there is speech. */
  readonly noSpeechProbability: number
  /** The logits after the prompt and the prefix, then those after each token of the draft. */
  readonly rows: readonly Float32Array[]
}

/** Start, language and task, and either the first timestamp or the wish for none. */
export function promptLength({ multilingual }: WhisperDescription): number {
  return multilingual ? 4 : 2
}

/** Reads everything in one pass; only a language that has to be detected first takes another. */
export async function readPrompt(
  decoding: Decoding,
  description: WhisperDescription,
  options: PromptOptions,
): Promise<Prompted> {
  const { startOfTranscript, noSpeech, transcribe, firstTimestamp, noTimestamps } = description.tokens
  const { prefix, draft } = options
  const start = options.timestamps ? firstTimestamp : noTimestamps
  const afterStart = (language: string): number[] => {
    const token = languageToken(description, language)
    return [...(description.multilingual ? [token, transcribe, start] : [start]), ...prefix]
  }
  if (options.language !== undefined) {
    const settled = [startOfTranscript, ...afterStart(options.language)]
    const hasSpeech = prefix.length > 0
    const rows = await decoding.read([...settled, ...draft], hasSpeech ? settled.length - 1 : 0)
    return {
      language: options.language,
      noSpeechProbability: hasSpeech ? 0 : probabilityOf(firstRow(rows), noSpeech),
      rows: rows.slice(-1 - draft.length),
    }
  }
  const opening = firstRow(await decoding.read([startOfTranscript]))
  const language = detectLanguage(opening, description, options.candidates)
  const noSpeechProbability = probabilityOf(opening, noSpeech)
  const settled = afterStart(language)
  return {
    language,
    noSpeechProbability,
    rows: await decoding.read([...settled, ...draft], settled.length - 1),
  }
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
