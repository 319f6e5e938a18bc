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
    // While there are no partials, the cost of the last ones tells what they would cost.
    this.#partialMs = Object.values(engines).find(givesPartials)?.partialMs ?? this.#partialMs
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

function givesPartials({ partialMs }: EngineUsage): boolean {
  return partialMs !== undefined
}
