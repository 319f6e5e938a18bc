/**
 * Phonemes from espeak-ng. The package is optional because it is under GPL-3: whoever passes Voxbridge on together
 * with it passes the whole on under GPL-3. Nothing else in the program imports it.
 */
import type { ESpeakNGModule, ESpeakNGWorker } from '@echogarden/espeak-ng-emscripten'
import { VoxbridgeError } from '../../errors.ts'
import type { Phonemizer, Word } from './phonemizer.ts'

/** Stands around a word that espeak-ng reads in another language, e.g. `(en)` and `(fr)` around "weekend". */
const languageSwitch = /\([a-z]+(?:-[a-z]+)*\)/gu

const packageName = '@echogarden/espeak-ng-emscripten'

export async function createEspeakPhonemizer(): Promise<Phonemizer> {
  return new EspeakPhonemizer(await loadEspeak())
}

/**
 * Starts espeak-ng: 50 ms and 20 MB.
 * @throws VoxbridgeError ERR_MODEL_MISSING where the optional package is not installed.
 */
export async function loadEspeak(): Promise<ESpeakNGModule> {
  const espeak = await import('@echogarden/espeak-ng-emscripten').catch((cause: unknown) => {
    throw new VoxbridgeError(
      'ERR_MODEL_MISSING',
      `these voices need espeak-ng, and its package is not installed: run "npm install ${packageName}" (its licence is GPL-3)`,
      { cause },
    )
  })
  return espeak.default()
}

export class EspeakPhonemizer implements Phonemizer {
  readonly #module: ESpeakNGModule
  readonly #worker: ESpeakNGWorker
  #voice = ''

  constructor(module: ESpeakNGModule) {
    this.#module = module
    this.#worker = new module.eSpeakNGWorker()
  }

  phonemize(text: string, voice: string): Word[] {
    this.#select(voice)
    // A zero byte would end the text there.
    const { ptr } = this.#worker.text_to_phonemes(text.replaceAll('\0', ' '), 1)
    try {
      return this.#read(ptr)
        .replace(languageSwitch, '')
        .split(/[ |]+/)
        .map((word) => word.split('_').filter((phoneme) => phoneme !== ''))
        .filter((word) => word.length > 0)
    } finally {
      this.#module._free(ptr)
    }
  }

  #select(voice: string): void {
    if (voice === this.#voice) return
    this.#voice = ''
    if (this.#worker.set_voice(voice) !== 0) {
      throw new VoxbridgeError('ERR_LANGUAGE', `espeak-ng has no voice ${voice}`)
    }
    this.#voice = voice
  }

  #read(pointer: number): string {
    const memory = this.#module.HEAPU8
    return Buffer.from(memory.subarray(pointer, memory.indexOf(0, pointer))).toString('utf8')
  }
}
