/**
 * Reports on their way to another server. Who adds one never waits. While that server is slow or away the newest so
 * many are kept, and the log says so once.
 */
import type { BaseLogger } from 'pino'
import { toVoxbridgeError } from '../errors.ts'

export interface ReportQueueOptions<Report> {
  /** Reports that are kept; beyond it the oldest are given up. */
  readonly capacity: number
  /** Reports in one sending; all when left out. */
  readonly maxBatch?: number
  /** @throws VoxbridgeError where they did not arrive; if it is not retryable, these reports are given up. */
  readonly send: (reports: readonly Report[]) => Promise<void>
  /** Who gets them, in words that begin a sentence. */
  readonly receiver: string
  readonly log: Pick<BaseLogger, 'info' | 'warn'>
  /** When it is aborted, failures are no news any more. */
  readonly signal: AbortSignal
}

export class ReportQueue<Report> {
  readonly #options: ReportQueueOptions<Report>
  readonly #waiting: Report[] = []
  #lost = 0
  #down = false
  #sending: Promise<void> | undefined

  constructor(options: ReportQueueOptions<Report>) {
    this.#options = options
  }

  get size(): number {
    return this.#waiting.length
  }

  add(report: Report): void {
    this.#waiting.push(report)
    if (this.#waiting.length <= this.#options.capacity) return
    this.#waiting.shift()
    this.#lost++
  }

  /**
   * Sends what waits and what is added meanwhile; never rejects. One sending at a time: a slow server is not asked
   * again before it has answered.
   */
  flush(): Promise<void> {
    this.#sending ??= this.#sendAll().finally(() => (this.#sending = undefined))
    return this.#sending
  }

  async #sendAll(): Promise<void> {
    const { log, maxBatch = Infinity, receiver, send, signal } = this.#options
    try {
      while (this.#waiting.length > 0) {
        const batch = this.#waiting.slice(0, maxBatch)
        await send(batch).catch((error: unknown) => {
          if (!toVoxbridgeError(error).retryable) {
            this.#remove(batch)
            this.#lost += batch.length
          }
          throw error
        })
        this.#remove(batch)
        if (this.#down)
          log.info(`${receiver} is back${this.#lost > 0 ? `; ${this.#lost} reports were given up` : ''}.`)
        this.#down = false
        this.#lost = 0
      }
    } catch (error) {
      if (!this.#down && !signal.aborted) {
        log.warn(`${toVoxbridgeError(error).message} The server goes on without it.`)
      }
      this.#down = true
    }
  }

  /** Some of them may have been given up in the meantime. */
  #remove(reports: readonly Report[]): void {
    const removed = new Set(reports)
    while (this.#waiting[0] !== undefined && removed.has(this.#waiting[0])) this.#waiting.shift()
  }
}
