import type { RequestOptions } from '../../models/request-queue.ts'

/** Text to speech, whichever model does it. */
export interface Synthesizer {
  readonly info: SynthesizerInfo
  /**
   * Speaks one clause or sentence. Audio arrives in pieces as soon as the engine has them.
   * @throws VoxbridgeError ERR_LANGUAGE or ERR_VOICE for what the engine does not have.
   */
  synthesize(request: SynthesizeRequest, options: RequestOptions): AsyncIterable<SpeechChunk>
}

export const genders = ['female', 'male'] as const
export type Gender = (typeof genders)[number]

export interface Voice {
  /** The name that clients use, e.g. `pf_dora`. */
  readonly id: string
  /** ISO 639-1 code of the language it speaks. */
  readonly language: string
  /** The engine's name, e.g. `kokoro`. */
  readonly engine: string
  /** Where it is known. */
  readonly gender?: Gender
  /** Understood, but no pleasure to hear: a language has it only for want of a better one. */
  readonly robotic?: boolean
}

export interface SynthesizerInfo {
  /** The first voice of a language is its default. */
  readonly voices: readonly Voice[]
  readonly sampleRate: number
}

export interface SynthesizeRequest {
  readonly text: string
  /** ISO 639-1 code. */
  readonly language: string
  /** One of `info.voices` for that language; the default voice when left out. */
  readonly voice?: string
  /** 1 is the voice's own rate, 0.5 to 2. */
  readonly speed?: number
  /** Length of the pause behind the text, 1 (when left out) for that of a speaker who has time. */
  readonly gap?: number
}

export interface SpeechChunk {
  /** Mono, at the engine's sample rate, -1 to 1. */
  readonly samples: Float32Array
}
