/** What the server counts, as Prometheus text (https://prometheus.io/docs/instrumenting/exposition_formats/). */
import type { ErrorCode } from '../errors.ts'
import type { EngineUsage } from '../models/engine-meter.ts'
import { type Load, loadLevels } from '../models/load.ts'
import type { LatencyReport } from '../pipeline/timing.ts'

/** What is measured at the moment of asking. */
export interface Gauges {
  readonly ready: boolean
  readonly channels: number
  /** Requests that wait, by engine. */
  readonly queueDepths: Readonly<Record<string, number>>
  /** By engine. */
  readonly usage: Readonly<Record<string, EngineUsage>>
  readonly load: Load
  readonly eventLoopP99Ms: number
}

/** Whether what was prepared ahead of the end of an utterance was wanted. */
export type SpeculationOutcome = 'used' | 'retracted'

/** What is told of the messages that go to clients. */
export type ServerCounters = Pick<
  Metrics,
  'countUtterance' | 'countError' | 'countDropped' | 'observeLatency'
>

const latencyBucketsMs = [100, 200, 300, 400, 500, 700, 1000, 1500, 2000, 3000, 5000, 10_000]
const stages = ['endpoint', 'asr', 'mt', 'tts', 'queue'] as const

export class Metrics {
  readonly #errors = new Map<ErrorCode, number>()
  readonly #latencyBuckets = latencyBucketsMs.map(() => 0)
  readonly #refused = new Map<string, number>()
  readonly #speculations = new Map<SpeculationOutcome, number>([
    ['used', 0],
    ['retracted', 0],
  ])
  readonly #stageMs = { endpoint: 0, asr: 0, mt: 0, tts: 0, queue: 0 }
  #latencyCount = 0
  #latencySumMs = 0
  #utterances = 0
  #droppedMs = 0
  #wastedMs = 0
  #earlyClauses = 0

  countUtterance(): void {
    this.#utterances++
  }

  countError(code: ErrorCode): void {
    this.#errors.set(code, (this.#errors.get(code) ?? 0) + 1)
  }

  countDropped(ms: number): void {
    this.#droppedMs += ms
  }

  /** @param cause one of our own few names. */
  countRefused(cause: string): void {
    this.#refused.set(cause, (this.#refused.get(cause) ?? 0) + 1)
  }

  /** @param workMs time that engines spent on it. */
  countSpeculation(outcome: SpeculationOutcome, workMs: number): void {
    this.#speculations.set(outcome, (this.#speculations.get(outcome) ?? 0) + 1)
    if (outcome === 'retracted') this.#wastedMs += workMs
  }

  /** A clause that was translated while its speaker talked on. */
  countEarlyClause(): void {
    this.#earlyClauses++
  }

  observeLatency(report: LatencyReport): void {
    this.#latencyCount++
    this.#latencySumMs += report.firstAudioMs
    latencyBucketsMs.forEach((limitMs, index) => {
      if (report.firstAudioMs <= limitMs) this.#latencyBuckets[index] = (this.#latencyBuckets[index] ?? 0) + 1
    })
    for (const stage of stages) this.#stageMs[stage] += report[`${stage}Ms`]
  }

  render({ ready, channels, queueDepths, usage, load, eventLoopP99Ms }: Gauges): string {
    const buckets = [
      ...latencyBucketsMs.map((limitMs, index) =>
        sample(`_bucket{le="${limitMs / 1000}"}`, this.#latencyBuckets[index] ?? 0),
      ),
      sample('_bucket{le="+Inf"}', this.#latencyCount),
      sample('_sum', this.#latencySumMs / 1000),
      sample('_count', this.#latencyCount),
    ]
    return [
      family('voxbridge_ready', 'gauge', 'Whether the models are loaded.', [sample('', Number(ready))]),
      family('voxbridge_channels', 'gauge', 'Open connections.', [sample('', channels)]),
      family('voxbridge_utterances_total', 'counter', 'Utterances heard.', [sample('', this.#utterances)]),
      family(
        'voxbridge_errors_total',
        'counter',
        'Errors told to clients, by code.',
        labelled('code', this.#errors),
      ),
      family('voxbridge_dropped_seconds_total', 'counter', 'Audio that was given up.', [
        sample('', this.#droppedMs / 1000),
      ]),
      family(
        'voxbridge_first_audio_seconds',
        'histogram',
        'From the end of speech to the first audio out.',
        buckets,
      ),
      family(
        'voxbridge_stage_seconds_total',
        'counter',
        'Parts of voxbridge_first_audio_seconds, by stage.',
        labelled('stage', new Map(stages.map((stage) => [stage, this.#stageMs[stage] / 1000]))),
      ),
      family(
        'voxbridge_queue_depth',
        'gauge',
        'Requests that wait for an engine.',
        labelled('engine', new Map(Object.entries(queueDepths))),
      ),
      family(
        'voxbridge_engine_utilisation',
        'gauge',
        "Share of an engine's time, 0 to 1, over the last ten seconds.",
        Object.entries(usage).flatMap(([engine, { final, other }]) => [
          sample(`{engine="${engine}",kind="final"}`, final),
          sample(`{engine="${engine}",kind="other"}`, other),
        ]),
      ),
      family(
        'voxbridge_engine_abandoned_seconds_total',
        'counter',
        'Time of engines spent on requests that nobody waited for in the end.',
        Object.entries(usage).map(([engine, { abandonedMs }]) =>
          sample(`{engine="${engine}"}`, abandonedMs / 1000),
        ),
      ),
      family(
        'voxbridge_load_level',
        'gauge',
        `How busy the server is: ${loadLevels.map((level, index) => `${index} ${level}`).join(', ')}.`,
        [sample('', loadLevels.indexOf(load.level))],
      ),
      family(
        'voxbridge_partial_step_ms',
        'gauge',
        'Time between two partial captions of one channel; +Inf where there are none.',
        [sample('', load.partialStepMs)],
      ),
      family(
        'voxbridge_refused_total',
        'counter',
        'Connections and requests refused for want of room, by what was short.',
        labelled('reason', this.#refused),
      ),
      family(
        'voxbridge_speculations_total',
        'counter',
        'Answers prepared before an utterance had ended, by whether they were wanted.',
        labelled('outcome', this.#speculations),
      ),
      family(
        'voxbridge_speculation_wasted_ms_total',
        'counter',
        'Time of engines spent on answers that were not wanted.',
        [sample('', this.#wastedMs)],
      ),
      family('voxbridge_early_clauses_total', 'counter', 'Clauses translated while the speaker talked on.', [
        sample('', this.#earlyClauses),
      ]),
      family('voxbridge_event_loop_delay_p99_seconds', 'gauge', 'How late timers fire, 99th percentile.', [
        sample('', eventLoopP99Ms / 1000),
      ]),
      family('process_resident_memory_bytes', 'gauge', 'Resident memory.', [
        sample('', process.memoryUsage.rss()),
      ]),
      family('process_cpu_seconds_total', 'counter', 'Processor time, of all threads.', [
        sample('', cpuSeconds()),
      ]),
    ].join('')
  }
}

type Sample = readonly [suffix: string, value: number]

function sample(suffix: string, value: number): Sample {
  return [suffix, value]
}

/** Label values are our own names and codes, so nothing needs escaping. */
function labelled(label: string, values: ReadonlyMap<string, number>): Sample[] {
  return [...values].map(([name, value]) => sample(`{${label}="${name}"}`, value))
}

function family(name: string, type: string, help: string, samples: readonly Sample[]): string {
  const lines = samples.map(([suffix, value]) => `${name}${suffix} ${formatValue(value)}\n`)
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`
}

function formatValue(value: number): string {
  return value === Infinity ? '+Inf' : String(value)
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}
