/** What is measured at the moment when Prometheus asks. */
import { Counter, Gauge, type Registry } from 'prom-client'
import type { EngineUsage } from '../models/engine-meter.ts'
import { type Load, loadLevels } from '../models/load.ts'
import type { EngineState } from '../models/worker-client.ts'
import type { GpuReading } from './gpu.ts'

export interface Gauges {
  readonly ready: boolean
  readonly channels: number
  /** By the engine's name, as are the next two. */
  readonly engines: Readonly<Record<string, EngineState>>
  /** Requests that wait. */
  readonly queueDepths: Readonly<Record<string, number>>
  readonly usage: Readonly<Record<string, EngineUsage>>
  readonly load: Load
  readonly eventLoopP99Ms: number
  /** None where no GPU is used. */
  readonly gpus: readonly GpuReading[]
}

export class GaugeMetrics {
  readonly #registry: Registry
  readonly #ready: Gauge
  readonly #channels: Gauge
  readonly #engineUp: Gauge<'engine'>
  readonly #queueDepth: Gauge<'engine'>
  readonly #utilisation: Gauge<'engine' | 'kind'>
  readonly #abandoned: Counter<'engine'>
  readonly #loadLevel: Gauge
  readonly #partialStep: Gauge
  readonly #eventLoopDelay: Gauge
  #gpu: GpuMetrics | undefined

  constructor(registry: Registry) {
    this.#registry = registry
    this.#ready = gauge(registry, 'ready', 'Whether the models are loaded and every worker runs.')
    this.#channels = gauge(registry, 'channels', 'Open connections.')
    this.#engineUp = gauge(registry, 'engine_up', "Whether an engine's worker runs.", ['engine'])
    this.#queueDepth = gauge(registry, 'queue_depth', 'Requests that wait for an engine.', ['engine'])
    this.#utilisation = gauge(
      registry,
      'engine_utilisation',
      "Share of an engine's time, 0 to 1, over the last ten seconds.",
      ['engine', 'kind'],
    )
    this.#abandoned = new Counter({
      name: 'voxbridge_engine_abandoned_seconds_total',
      help: 'Time of engines spent on requests that nobody waited for in the end.',
      labelNames: ['engine'],
      registers: [registry],
    })
    const levels = loadLevels.map((level, index) => `${index} ${level}`).join(', ')
    this.#loadLevel = gauge(registry, 'load_level', `How busy the server is: ${levels}.`)
    this.#partialStep = gauge(
      registry,
      'partial_step_seconds',
      'Time between two partial captions of one channel; +Inf where there are none.',
    )
    this.#eventLoopDelay = gauge(
      registry,
      'event_loop_delay_p99_seconds',
      'How late timers fire, 99th percentile of about the last ten seconds.',
    )
  }

  set({ ready, channels, engines, queueDepths, usage, load, eventLoopP99Ms, gpus }: Gauges): void {
    this.#ready.set(Number(ready))
    this.#channels.set(channels)
    for (const [engine, state] of Object.entries(engines)) {
      this.#engineUp.set({ engine }, Number(state === 'running'))
    }
    for (const [engine, depth] of Object.entries(queueDepths)) this.#queueDepth.set({ engine }, depth)
    this.#abandoned.reset()
    for (const [engine, { final, other, abandonedMs }] of Object.entries(usage)) {
      this.#utilisation.set({ engine, kind: 'final' }, final)
      this.#utilisation.set({ engine, kind: 'other' }, other)
      this.#abandoned.inc({ engine }, abandonedMs / 1000)
    }
    this.#loadLevel.set(loadLevels.indexOf(load.level))
    this.#partialStep.set(load.partialStepMs / 1000)
    this.#eventLoopDelay.set(eventLoopP99Ms / 1000)
    if (gpus.length > 0) this.#gpu ??= new GpuMetrics(this.#registry)
    this.#gpu?.set(gpus)
  }
}

/** On a machine without a GPU there is nothing to be seen of these. */
class GpuMetrics {
  readonly #memoryUsed: Gauge<'gpu'>
  readonly #memory: Gauge<'gpu'>
  readonly #utilisation: Gauge<'gpu'>

  constructor(registry: Registry) {
    this.#memoryUsed = gauge(registry, 'gpu_memory_used_bytes', 'Memory of a GPU in use, by anybody.', [
      'gpu',
    ])
    this.#memory = gauge(registry, 'gpu_memory_bytes', 'Memory of a GPU.', ['gpu'])
    this.#utilisation = gauge(
      registry,
      'gpu_utilisation',
      'Share of the time, 0 to 1, in which a GPU did something.',
      ['gpu'],
    )
  }

  set(gpus: readonly GpuReading[]): void {
    for (const { gpu, memoryUsedBytes, memoryBytes, utilisation } of gpus) {
      this.#memoryUsed.set({ gpu }, memoryUsedBytes)
      this.#memory.set({ gpu }, memoryBytes)
      this.#utilisation.set({ gpu }, utilisation)
    }
  }
}

function gauge<Label extends string = never>(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly Label[] = [],
): Gauge<Label> {
  return new Gauge({ name: `voxbridge_${name}`, help, labelNames, registers: [registry] })
}
