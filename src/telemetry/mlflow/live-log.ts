/**
 * Reports the running server to MLflow once a minute. Nothing on a channel's way waits for it: what is counted is
 * summed up in memory, and sent from a timer. While MLflow is away the minutes are kept, the newest few hours of them.
 */
import { hostname } from 'node:os'
import type { BaseLogger } from 'pino'
import { within } from '../../pipeline/within.ts'
import { ReportQueue } from '../report-queue.ts'
import { type Metric, MlflowClient, type MlflowRun, type Texts } from './client.ts'
import type { LiveGauges, LiveWindow } from './live-window.ts'

export interface LiveLogOptions {
  readonly trackingUri: string
  readonly experimentName: string
  readonly params: Texts
  /** Told of what happens. */
  readonly window: LiveWindow
  readonly gauges: () => LiveGauges
  readonly log: Pick<BaseLogger, 'info' | 'warn'>
  /** A minute when left out. */
  readonly intervalMs?: number
}

interface Minute {
  readonly step: number
  readonly timestampMs: number
  readonly values: Readonly<Record<string, number>>
}

const minuteMs = 60_000
const maxMinutes = 240
/** How long the end of the server waits for the last minute to arrive. */
const closeTimeoutMs = 3000

export class LiveLog {
  readonly #options: LiveLogOptions
  readonly #closing = new AbortController()
  readonly #client: MlflowClient
  readonly #timer: NodeJS.Timeout
  readonly #queue: ReportQueue<Minute>
  #run: MlflowRun | undefined
  #steps = 0

  constructor(options: LiveLogOptions) {
    this.#options = options
    this.#client = new MlflowClient({ trackingUri: options.trackingUri, signal: this.#closing.signal })
    this.#queue = new ReportQueue({
      capacity: maxMinutes,
      send: (minutes) => this.#send(minutes),
      receiver: `The MLflow server at ${this.#client.address}`,
      log: options.log,
      signal: this.#closing.signal,
    })
    this.#timer = setInterval(() => {
      this.#endMinute()
      void this.#queue.flush()
    }, options.intervalMs ?? minuteMs).unref()
  }

  /** Sends what is left, for three seconds at most. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#endMinute()
    await within(this.#sendLast(), closeTimeoutMs)
    this.#closing.abort()
  }

  #endMinute(): void {
    const { window, gauges } = this.#options
    const values = window.take(gauges())
    this.#queue.add({ step: this.#steps++, timestampMs: Date.now(), values })
  }

  async #sendLast(): Promise<void> {
    await this.#queue.flush()
    if (this.#queue.size > 0) return
    await this.#run?.finish('FINISHED').catch(() => undefined)
  }

  async #send(minutes: readonly Minute[]): Promise<void> {
    this.#run ??= await this.#begin()
    await this.#run.logMetrics(minutes.flatMap(toMetrics))
  }

  async #begin(): Promise<MlflowRun> {
    const { experimentName, params, log } = this.#options
    const experimentId = await this.#client.findOrCreateExperiment(experimentName)
    const name = `live ${hostname()} ${new Date().toISOString().slice(0, 16).replace('T', ' ')}`
    const run = await this.#client.createRun({ experimentId, name, tags: { kind: 'live' } })
    await run.logParams(params)
    log.info(`Reporting to MLflow: ${run.url}`)
    return run
  }
}

function toMetrics({ step, timestampMs, values }: Minute): Metric[] {
  return Object.entries(values).map(([name, value]) => ({ name, value, step, timestampMs }))
}
