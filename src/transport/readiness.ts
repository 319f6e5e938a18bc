/** Where the server stands on its way to translating: what is fetched and loaded, then the engines. */
import { VoxbridgeError } from '../errors.ts'
import type { Engines } from '../models/engines.ts'
import type { EngineState } from '../models/worker-client.ts'
import type { VoiceDetector } from '../stages/segment/silero.ts'
import { abilitiesOf, type Abilities } from './languages.ts'

export interface Loaded {
  readonly engines: Engines
  /** Undefined cuts the audio into pieces of a fixed length. */
  readonly vad: VoiceDetector | undefined
}

/** What `GET /ready` and `GET /health` tell. */
export interface Standing {
  /**
   * `recovering`: a worker is being replaced, and what needs it waits. `broken`: one fails again and again, and requests
   * for it are refused. `draining`: conversations may finish, and nobody is let in.
   */
  readonly status: 'starting' | 'ready' | 'recovering' | 'broken' | 'draining'
  /** By model. */
  readonly models: Readonly<Record<string, string>>
  /** By the engine's name; empty until all are loaded. */
  readonly engines: Readonly<Record<string, EngineState>>
  /** Why it is not ready. */
  readonly obstacle: VoxbridgeError | undefined
}

export class Readiness {
  #loaded: (Loaded & { readonly abilities: Abilities }) | undefined
  #progress = 'starting'
  #stopping = false
  readonly #models = new Map<string, string>()

  /** Says how far it is; undefined once it is ready. */
  get notReady(): VoxbridgeError | undefined {
    return this.#loaded && !this.#stopping ? undefined : this.#notReadyError()
  }

  /** @throws VoxbridgeError ERR_NOT_READY */
  get loaded(): Loaded & { readonly abilities: Abilities } {
    if (this.#loaded && !this.#stopping) return this.#loaded
    throw this.#notReadyError()
  }

  /** Undefined until they are loaded. */
  get engines(): Engines | undefined {
    return this.#loaded?.engines
  }

  get standing(): Standing {
    const models = Object.fromEntries(this.#models)
    const engines = this.engines?.states() ?? {}
    return { models, engines, ...this.#judge(engines) }
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

  complete(loaded: Loaded): void {
    this.#loaded = { ...loaded, abilities: abilitiesOf(loaded.engines) }
    for (const name of this.#models.keys()) this.#models.set(name, 'ready')
  }

  /** From now on nobody is let in. */
  stop(): void {
    this.#stopping = true
  }

  #judge(engines: Standing['engines']): Pick<Standing, 'status' | 'obstacle'> {
    if (this.#stopping) return { status: 'draining', obstacle: this.#notReadyError() }
    if (!this.#loaded) return { status: 'starting', obstacle: this.#notReadyError() }
    const { outage } = this.#loaded.engines
    if (outage !== undefined) {
      return { status: 'broken', obstacle: new VoxbridgeError('ERR_ENGINE_GONE', outage) }
    }
    const starting = Object.keys(engines).filter((engine) => engines[engine] === 'starting')
    if (starting.length > 0) {
      const message = `Stopped, and being started again: ${starting.join(', ')}.`
      return { status: 'recovering', obstacle: new VoxbridgeError('ERR_NOT_READY', message) }
    }
    return { status: 'ready', obstacle: undefined }
  }

  #notReadyError(): VoxbridgeError {
    if (this.#stopping) return new VoxbridgeError('ERR_NOT_READY', 'The server is going away.')
    return new VoxbridgeError('ERR_NOT_READY', `Not ready yet: ${this.#progress}.`)
  }
}
