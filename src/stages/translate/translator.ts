import type { RequestOptions } from '../../models/request-queue.ts'
import type { TranslationRoute } from './routes.ts'

/** Text to text, whichever model does it. */
export interface Translator {
  readonly info: TranslatorInfo
  translate(request: TranslateRequest, options: RequestOptions): Promise<TranslationResult>
}

export interface TranslatorInfo {
  /** In the order of preference. */
  readonly routes: readonly TranslationRoute[]
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
