/**
 * Reports the running server to MLflow once a minute. Nothing on a channel's way waits for it: what is counted is
 * summed up in memory, and sent from a timer. While MLflow is away the minutes are kept, the newest few hours of them.
 */
import { hostname } from 'node:os'
import type { BaseLogger } from 'pino'
import { toVoxbridgeError } from '../../errors.ts'
import { within } from '../../pipeline/within.ts'
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
  readonly #waiting: Minute[] = []
  #run: MlflowRun | undefined
  #steps = 0
  #down = false
  #sending: Promise<void> | undefined

  constructor(options: LiveLogOptions) {
    this.#options = options
    this.#client = new MlflowClient({ trackingUri: options.trackingUri, signal: this.#closing.signal })
    this.#timer = setInterval(() => {
      this.#endMinute()
      void this.#send()
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
    this.#waiting.push({ step: this.#steps++, timestampMs: Date.now(), values })
    if (this.#waiting.length > maxMinutes) this.#waiting.shift()
  }

  async #sendLast(): Promise<void> {
    await this.#sending
    await this.#send()
    if (this.#waiting.length > 0) return
    await this.#run?.finish('FINISHED').catch(() => undefined)
  }

  /** One at a time: a slow server is not asked again before it has answered. */
  #send(): Promise<void> {
    this.#sending ??= this.#trySend().finally(() => (this.#sending = undefined))
    return this.#sending
  }

  async #trySend(): Promise<void> {
    const { log } = this.#options
    try {
      this.#run ??= await this.#begin()
      const minutes = [...this.#waiting]
      await this.#run.logMetrics(minutes.flatMap(toMetrics))
      // Minutes may have been given up at the front in the meantime.
      while (this.#waiting[0] && minutes.includes(this.#waiting[0])) this.#waiting.shift()
      if (this.#down) log.info(`The MLflow server at ${this.#client.address} is back.`)
      this.#down = false
    } catch (error) {
      if (!this.#down && !this.#closing.signal.aborted)
        log.warn(`${toVoxbridgeError(error).message} The server goes on without it.`)
      this.#down = true
    }
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
