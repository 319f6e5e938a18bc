import type { RequestOptions } from '../../models/request-queue.ts'

/** Text to text, whichever model does it. */
export interface Translator {
  readonly info: TranslatorInfo
  translate(request: TranslateRequest, options: RequestOptions): Promise<TranslationResult>
}

export interface LanguagePair {
  /** ISO 639-1 code. */
  readonly source: string
  /** ISO 639-1 code. */
  readonly target: string
  /** The model's name as `ready` shows it, e.g. `marian-en-pt`. */
  readonly model: string
}

export interface TranslatorInfo {
  readonly pairs: readonly LanguagePair[]
}

export interface TranslateRequest {
  /** Any number of sentences; the engine splits them. */
  readonly text: string
  readonly source: string
  readonly target: string
}

export interface TranslationResult {
  /** One entry for each sentence, in order; joined with spaces they are the translation. */
  readonly sentences: readonly { readonly source: string; readonly target: string }[]
  readonly model: string
  /** Time spent inside the model, for latency reports. */
  readonly modelMs: number
}
