/** Where the server stands on its way to translating: what is fetched and loaded, then the engines. */
import { VoxbridgeError } from '../errors.ts'
import type { Engines } from '../models/engines.ts'
import type { VoiceDetector } from '../stages/segment/silero.ts'
import { abilitiesOf, type Abilities } from './languages.ts'

export interface Loaded {
  readonly engines: Engines
  /** Undefined cuts the audio into pieces of a fixed length. */
  readonly vad: VoiceDetector | undefined
}

export class Readiness {
  #loaded: (Loaded & { readonly abilities: Abilities }) | undefined
  #progress = 'starting'
  readonly #models = new Map<string, string>()

  /** Says how far it is; undefined once it is ready. */
  get notReady(): VoxbridgeError | undefined {
    return this.#loaded ? undefined : this.#notReadyError()
  }

  /** @throws VoxbridgeError ERR_NOT_READY */
  get loaded(): Loaded & { readonly abilities: Abilities } {
    if (this.#loaded) return this.#loaded
    throw this.#notReadyError()
  }

  /** @param progress in words, e.g. `loading the models` */
  report(progress: string): void {
    this.#progress = progress
  }

  /** @param state in words, e.g. `fetching, 42 %` */
  reportModel(name: string, state: string): void {
    this.#models.set(name, state)
    this.#progress = `${name}: ${state}`
  }

  /** By model. */
  get models(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#models)
  }

  complete(loaded: Loaded): void {
    this.#loaded = { ...loaded, abilities: abilitiesOf(loaded.engines) }
    for (const name of this.#models.keys()) this.#models.set(name, 'ready')
  }

  #notReadyError(): VoxbridgeError {
    return new VoxbridgeError('ERR_NOT_READY', `Not ready yet: ${this.#progress}.`)
  }
}
