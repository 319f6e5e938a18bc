import type { RequestOptions } from '../../models/request-queue.ts'

/** Speech to text, whichever model does it. */
export interface Recognizer {
  readonly info: RecognizerInfo
  recognize(request: RecognizeRequest, options: RequestOptions): Promise<Recognition>
}

export interface RecognizerInfo {
  /** The model's name as `ready` shows it, e.g. `whisper-base`. */
  readonly model: string
  /** ISO 639-1 codes (639-3 where there is none) that the model can hear. */
  readonly languages: readonly string[]
  /** Longest audio that one request may carry. */
  readonly maxSeconds: number
  /** What whoever runs the server should know about the model; logged when it was loaded. */
  readonly note?: string
}

export interface RecognizeRequest {
  /** Mono, 16 kHz, -1 to 1. Not to be changed until it is answered. */
  readonly samples: Float32Array
  /** ISO 639-1 code, or `auto` to detect it. */
  readonly language: string
  /** With `auto`: only these languages are considered. Empty or absent means all. */
  readonly candidates?: readonly string[]
  /**
   * Tokens of words that are settled: the text begins with them whatever is heard. Needs a `language` that is not
   * `auto`. With settled words there is speech, so the result is not empty, and its `noSpeechProbability` is 0.
   */
  readonly prefix?: readonly number[]
  /**
   * Tokens of an earlier hypothesis of the same speech, after those of `prefix`. They are verified in one pass of the
   * decoder; from the first one on that no longer is the best choice the text is decoded anew.
   */
  readonly draft?: readonly number[]
}

/** A word or a punctuation mark of a hypothesis. */
export interface HeardWord {
  /** As it stands in the text, with the space before it. Joined and trimmed, the words are the text. */
  readonly text: string
  /** What `prefix` and `draft` are made of, joined; timestamps before the word are among them. */
  readonly tokens: readonly number[]
  /** When it begins, from the start of `samples`, where the recogniser says so: it does at the start of a sentence. */
  readonly startMs?: number
}

export interface Recognition {
  /** What was said, trimmed; empty where there was no speech. */
  readonly text: string
  /** ISO 639-1 code that was given or detected. */
  readonly language: string
  /** Probability that the audio holds no speech, 0 to 1. */
  readonly noSpeechProbability: number
  /** Parts with their times in milliseconds from the start of `samples`. */
  readonly segments: readonly { readonly text: string; readonly startMs: number; readonly endMs: number }[]
  /** The text word by word, for a later request about the same speech; empty for audio of several windows. */
  readonly words: readonly HeardWord[]
  /** True where the guard against repetition or the length limit cut the output. */
  readonly truncated: boolean
  /** Time spent inside the model, for latency reports. */
  readonly modelMs: number
}
