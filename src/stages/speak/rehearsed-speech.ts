import { HandOver } from '../../pipeline/hand-over.ts'
import type { ChosenVoice } from './choose-voice.ts'
import type { SpeechChunk } from './synthesizer.ts'

/** The speech of a clause that is likely to be wanted, made while nobody knows for sure. */
export class RehearsedSpeech {
  readonly #text: string
  readonly #chosen: ChosenVoice
  readonly #audio: HandOver<SpeechChunk>
  readonly #signal: AbortSignal

  /** @param chunks are taken at once, as far as they come before `signal` aborts. */
  constructor(text: string, chosen: ChosenVoice, chunks: AsyncIterable<SpeechChunk>, signal: AbortSignal) {
    this.#text = text
    this.#chosen = chosen
    this.#signal = signal
    this.#audio = new HandOver({ capacity: Infinity, signal })
    void this.#audio.fill(chunks)
  }

  /** @returns the speech where it is that of `text`, said by that voice, and still made. */
  of(text: string, { synthesizer, voice }: ChosenVoice): AsyncIterable<SpeechChunk> | undefined {
    const same =
      text === this.#text && synthesizer === this.#chosen.synthesizer && voice === this.#chosen.voice
    return same && !this.#signal.aborted ? this.#audio : undefined
  }
}
