/**
 * What the server counts, for Prometheus. Dashboards rely on the names: grafana/voxbridge.json shows every one of them.
 *
 * Values of labels are a bounded set: our own words and codes, names of engines, and languages that clients were let in
 * with.
 */
import { Counter, Histogram, Registry } from 'prom-client'
import type { ErrorCode } from '../errors.ts'
import type { LatencyReport } from '../pipeline/timing.ts'
import { type Direction, DirectionLabels } from './directions.ts'
import { type Gauges, GaugeMetrics } from './gauges.ts'
import { addProcessMetrics } from './process-metrics.ts'

/** Whether what was prepared ahead of the end of an utterance was wanted. */
export type SpeculationOutcome = 'used' | 'retracted'

/** What is told of the messages that go to clients. */
export type ServerCounters = Pick<
  Metrics,
  'countUtterance' | 'countError' | 'countDropped' | 'observeLatency'
>

/** Finest where most answers are. */
const latencyBucketsS = [0.1, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10]
/** Most stages are done before somebody waits for them. */
const stageBucketsS = [0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 2, 5]
const stages = ['endpoint', 'asr', 'mt', 'tts', 'queue'] as const

export class Metrics {
  readonly #registry = new Registry()
  readonly #directions = new DirectionLabels()
  readonly #gauges = new GaugeMetrics(this.#registry)

  readonly #firstAudio = this.#histogram(
    'first_audio_seconds',
    'From the end of speech to the first audio out.',
    ['src', 'tgt'],
    latencyBucketsS,
  )
  readonly #stages = this.#histogram(
    'stage_seconds',
    'Parts of voxbridge_first_audio_seconds, by stage.',
    ['stage', 'src', 'tgt'],
    stageBucketsS,
  )
  readonly #captions = this.#histogram(
    'caption_seconds',
    'From the end of speech to the last of its translation as a caption.',
    ['src', 'tgt'],
    latencyBucketsS,
  )
  readonly #utterances = this.#counter('utterances_total', 'Utterances heard.')
  readonly #errors = this.#counter('errors_total', 'Errors told to clients, by code.', ['code'])
  readonly #overruns = this.#counter('overruns_total', 'Times that audio was given up.')
  readonly #droppedS = this.#counter('dropped_seconds_total', 'Audio that was given up.')
  readonly #closed = this.#counter('channels_closed_total', 'Connections that ended, by close code.', [
    'code',
  ])
  readonly #refused = this.#counter('refused_total', 'Connections and requests refused, by what was wrong.', [
    'reason',
  ])
  readonly #speculations = this.#counter(
    'speculations_total',
    'Answers prepared before an utterance had ended, by whether they were wanted.',
    ['outcome'],
  )
  readonly #wastedS = this.#counter(
    'speculation_wasted_seconds_total',
    'Time of engines spent on answers that were not wanted.',
  )
  readonly #earlyClauses = this.#counter(
    'early_clauses_total',
    'Clauses translated while the speaker talked on.',
  )
  readonly #workerRestarts = this.#counter(
    'worker_restarts_total',
    'Workers that were replaced since they crashed or hung, by engine.',
    ['engine'],
  )

  constructor() {
    addProcessMetrics(this.#registry)
    // A series that begins with its first event shows no rate of it.
    for (const outcome of ['used', 'retracted'] as const) this.#speculations.inc({ outcome }, 0)
  }

  countUtterance(): void {
    this.#utterances.inc()
  }

  countError(code: ErrorCode): void {
    this.#errors.inc({ code })
  }

  countDropped(ms: number): void {
    this.#overruns.inc()
    this.#droppedS.inc(ms / 1000)
  }

  /** @param code of the close. */
  countClosed(code: number): void {
    this.#closed.inc({ code })
  }

  /** @param cause one of our own few names. */
  countRefused(cause: string): void {
    this.#refused.inc({ reason: cause })
  }

  /** @param workMs time that engines spent on it. */
  countSpeculation(outcome: SpeculationOutcome, workMs: number): void {
    this.#speculations.inc({ outcome })
    if (outcome === 'retracted') this.#wastedS.inc(workMs / 1000)
  }

  /** A clause that was translated while its speaker talked on. */
  countEarlyClause(): void {
    this.#earlyClauses.inc()
  }

  /** @param engine the engine's name, whose worker crashed or hung and was replaced. */
  countWorkerRestart(engine: string): void {
    this.#workerRestarts.inc({ engine })
  }

  /** Begins the series of a direction in which something is about to be said. */
  expect(direction: Direction): void {
    if (!this.#directions.add(direction)) return
    const labels = this.#directions.of(direction)
    this.#firstAudio.zero(labels)
    this.#captions.zero(labels)
    for (const stage of stages) this.#stages.zero({ stage, ...labels })
  }

  observeLatency(report: LatencyReport, direction: Direction): void {
    const labels = this.#directions.of(direction)
    this.#firstAudio.observe(labels, report.firstAudioMs / 1000)
    for (const stage of stages) this.#stages.observe({ stage, ...labels }, report[`${stage}Ms`] / 1000)
  }

  /** @param ms from the end of speech until all of its translation was sent. */
  observeCaption(ms: number, direction: Direction): void {
    this.#captions.observe(this.#directions.of(direction), ms / 1000)
  }

  /** @returns the text format of Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/). */
  render(gauges: Gauges): Promise<string> {
    for (const engine of Object.keys(gauges.engines)) this.#workerRestarts.inc({ engine }, 0)
    this.#gauges.set(gauges)
    return this.#registry.metrics()
  }

  #counter<Label extends string = never>(
    name: string,
    help: string,
    labelNames: readonly Label[] = [],
  ): Counter<Label> {
    return new Counter({ name: `voxbridge_${name}`, help, labelNames, registers: [this.#registry] })
  }

  #histogram<Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    buckets: number[],
  ): Histogram<Label> {
    return new Histogram({
      name: `voxbridge_${name}`,
      help,
      labelNames,
      buckets,
      registers: [this.#registry],
    })
  }
}
