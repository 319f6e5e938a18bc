import type { EngineShares } from './calibrate.ts'
import type { EngineUsage } from './engine-meter.ts'
import { assessLoad, idleLoad, type Load, type OpenChannel } from './load.ts'

export interface MeasuredEngines {
  /** By the engine's name. */
  usage(): Readonly<Record<string, EngineUsage>>
  readonly expectedShares: EngineShares
}

export interface LoadSources {
  /** Undefined until the models are loaded. */
  engines(): MeasuredEngines | undefined
  channels(): readonly OpenChannel[]
  eventLoopP99Ms(): number
}

/** The load of this process, as it was found last. */
export class LoadMonitor {
  readonly #sources: LoadSources
  #current = idleLoad
  /** The engine that gives partials, once it has. */
  #partialEngine: string | undefined
  #partialMs = 0

  constructor(sources: LoadSources) {
    this.#sources = sources
  }

  get current(): Load {
    return this.#current
  }

  /** Measures and judges anew. */
  refresh(): Load {
    const sources = this.#sources
    const loaded = sources.engines()
    if (!loaded) return this.#current
    const engines = loaded.usage()
    this.#partialEngine =
      Object.keys(engines).find((name) => givesPartials(engines[name])) ?? this.#partialEngine
    const { partialMs, finalMs } = engines[this.#partialEngine ?? ''] ?? {}
    // While there are no partials, finals tell what they would cost: at most as much. The last partials may have
    // been slow for a reason that has passed.
    this.#partialMs = partialMs ?? finalMs ?? this.#partialMs
    this.#current = assessLoad(
      {
        engines,
        expectedShares: loaded.expectedShares,
        channels: sources.channels(),
        partialMs: this.#partialMs,
        eventLoopP99Ms: sources.eventLoopP99Ms(),
      },
      this.#current,
    )
    return this.#current
  }
}

function givesPartials(usage: EngineUsage | undefined): boolean {
  return usage?.partialMs !== undefined
}
