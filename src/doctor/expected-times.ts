/**
 * What the requests of `trial-requests.ts` take. Measured on two cores of an AMD EPYC, each the fastest of many runs;
 * one thread or two made little difference to requests as small as these.
 */
import { measureYardstick } from './yardstick.ts'

/** `yardstick.ts` on that machine. */
const referenceYardstickMs = 4.4

/** Milliseconds by model. What is not here, such as larger models and those on a GPU, was never measured there. */
const referenceMs: Readonly<Record<string, number>> = {
  'silero-vad': 10,
  'smart-turn': 28,
  'whisper-base': 70,
  'marian-en-pt': 2.3,
  'marian-pt-en': 2.3,
  'hibari-en': 13,
  'fastspeech2-pt-dora': 37,
  kokoro: 365,
  'piper-joe-en': 104,
  'espeak-ng': 34,
}

/** Tells what a model should take on this machine. */
export class ExpectedTimes {
  /** How many times as long as the other machine this one takes. */
  #slowness: Promise<number> | undefined

  /** @returns milliseconds; undefined for a model that was never measured. */
  async of(model: string): Promise<number | undefined> {
    const ms = Object.hasOwn(referenceMs, model) ? referenceMs[model] : undefined
    if (ms === undefined) return undefined
    this.#slowness ??= measureYardstick().then((yardstickMs) => yardstickMs / referenceYardstickMs)
    return ms * (await this.#slowness)
  }
}
