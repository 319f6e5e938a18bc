/** The worker of an engine, and its replacement when it crashes or hangs. */
import { setTimeout as delay } from 'node:timers/promises'
import { VoxbridgeError } from '../errors.ts'
import { EngineThread, type ThreadOptions } from './engine-thread.ts'
import type { FromWorker, ToWorker } from './messages.ts'
import { isBadLuck, restartDelayMs } from './restart-delay.ts'
import type { PackOptions } from './transfer.ts'

export interface SupervisedThreadOptions extends Omit<ThreadOptions, 'signal'> {
  readonly onMessage: (message: FromWorker) => void
  /** A worker is loaded: the first, or a new one. */
  readonly onLoaded: (info: unknown) => void
  /** The worker is gone. @returns whether what it was doing is to be done again. */
  readonly onLost: () => boolean
  /** Nobody can say when there will be a worker again. */
  readonly onOutage: (error: VoxbridgeError) => void
  /** Told when a new worker has taken the place of another. */
  readonly onRestart: () => void
  /** Told in one line when the worker stopped by itself and when it runs again. */
  readonly log: (message: string) => void
}

export class SupervisedThread {
  readonly #options: SupervisedThreadOptions
  /** Ends a start that is under way when this is closed. */
  readonly #lifetime = new AbortController()
  /** Threads that were given up and have not ended yet. */
  readonly #ending = new Set<Promise<unknown>>()
  #thread: EngineThread | undefined
  /** Stops and starts that failed, since the last answer. */
  #failures = 0
  #outage: VoxbridgeError | undefined

  constructor(options: SupervisedThreadOptions) {
    this.#options = options
  }

  /** Whether a worker is there that may be given something to do. */
  get isAlive(): boolean {
    return this.#thread !== undefined
  }

  /** What requests are to be refused with for the time being. */
  get outage(): VoxbridgeError | undefined {
    return this.#outage
  }

  /** Resolves once the engine is loaded. @throws VoxbridgeError */
  async start(signal?: AbortSignal): Promise<void> {
    const { thread, info } = await EngineThread.start({
      ...this.#options,
      signal: AbortSignal.any([this.#lifetime.signal, ...(signal ? [signal] : [])]),
    })
    this.#thread = thread
    thread.onMessage((message) => {
      if (thread === this.#thread) this.#options.onMessage(message)
    })
    thread.onExit((reason) => {
      if (thread === this.#thread) this.#replace(`stopped: ${reason}`)
    })
    this.#options.onLoaded(info)
  }

  /** @throws where something in the message cannot be sent; where there is no worker, it does nothing. */
  post(message: ToWorker, options?: PackOptions): void {
    this.#thread?.post(message, options)
  }

  /** The worker has answered: what went wrong before does not count any more. */
  answered(): void {
    this.#failures = 0
  }

  /** The worker is taken for hung. It may still come back, so it is kept from doing anything. */
  giveUp(silentMs: number): void {
    if (!this.#thread) return
    const ending = this.#thread.tearDown().finally(() => this.#ending.delete(ending))
    this.#ending.add(ending)
    this.#replace(`gave no answer for ${silentMs / 1000} s`)
  }

  async close(): Promise<void> {
    this.#lifetime.abort()
    const thread = this.#thread
    this.#thread = undefined
    await Promise.all([...this.#ending, thread?.close()])
  }

  #replace(what: string): void {
    const stoppedAt = performance.now()
    this.#thread = undefined
    this.#failures++
    const again = this.#options.onLost() && isBadLuck(this.#failures)
    this.#log(`${what}. ${again ? 'A new worker does again what it was doing.' : 'A new worker is started.'}`)
    void this.#recover(what, stoppedAt)
  }

  async #recover(what: string, stoppedAt: number): Promise<void> {
    const { signal } = this.#lifetime
    for (;;) {
      const waitMs = restartDelayMs(this.#failures)
      if (!isBadLuck(this.#failures)) this.#declareOutage(what, waitMs)
      await delay(waitMs, undefined, { signal }).catch(() => undefined)
      if (signal.aborted) return
      try {
        this.#outage = undefined
        await this.start()
        break
      } catch (error) {
        if (signal.aborted) return
        this.#failures++
        what = `did not start: ${messageOf(error)}`
        this.#log(what)
      }
    }
    this.#log(`runs again after ${((performance.now() - stoppedAt) / 1000).toFixed(1)} s.`)
    this.#options.onRestart()
  }

  #declareOutage(what: string, waitMs: number): void {
    const times = `failed ${this.#failures} times in a row`
    this.#log(`${times}; it is started again in ${waitMs / 1000} s.`)
    const message = `The engine ${this.#options.name} ${times}, the last time it ${what}. It is tried again.`
    this.#outage = new VoxbridgeError('ERR_ENGINE_GONE', message)
    this.#options.onOutage(this.#outage)
  }

  #log(what: string): void {
    this.#options.log(`The engine ${this.#options.name} ${what}`)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
