/**
 * The main thread's side of an engine: a bounded queue of requests in front of one worker.
 *
 * @example
 * const client = await startEngine<TranslateRequest, TranslationResult, TranslatorInfo>('marian', options)
 * for await (const result of client.run({ text, source: 'en', target: 'pt' }, { signal })) print(result)
 */
import './no-telemetry.ts'
import { Worker } from 'node:worker_threads'
import { setTimeout as delay } from 'node:timers/promises'
import { VoxbridgeError } from '../errors.ts'
import { within } from '../pipeline/within.ts'
import type { EngineOptions } from './engine.ts'
import { EngineMeter, type EngineUsage } from './engine-meter.ts'
import { EngineRun } from './engine-run.ts'
import { type FromWorker, type ToWorker, type WorkerSettings, unpackError } from './messages.ts'
import { type RequestOptions, RequestQueue } from './request-queue.ts'
import { packForTransfer } from './transfer.ts'

const workerUrl = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)

const maxRestarts = 3
const restartDelayMs = 100
const closeTimeoutMs = 5000
/** Loading cannot be interrupted. */
const loadingTimeoutMs = 30_000

export interface StartOptions extends EngineOptions {
  /** Requests that may wait; one more is refused with ERR_QUEUE_FULL. */
  readonly queueCapacity: number
  readonly signal?: AbortSignal
  /** Told in one line when the worker stopped by itself and when it runs again. */
  readonly log?: (message: string) => void
}

/** `gone`: it failed too often, or was closed, and takes no request. */
export type EngineState = 'running' | 'starting' | 'gone'

export interface EngineClient<Request, Item, Info> {
  readonly info: Info
  readonly state: EngineState
  /** Requests that wait now. */
  readonly queueDepth: number
  /** Where the worker's time went lately. */
  usage(): EngineUsage
  /**
   * Queues a request when the first item is asked for. Typed arrays in it move to the worker. A consumer that stops
   * early cancels the rest.
   * @throws VoxbridgeError ERR_QUEUE_FULL, ERR_ABORTED, ERR_ENGINE_GONE (the worker died; try again) or the engine's own
   */
  run(request: Request, options: RequestOptions): AsyncIterable<Item>
  /** Ends running and waiting requests with ERR_ENGINE_GONE and frees the model. */
  close(): Promise<void>
}

/**
 * Loads an engine into a worker of its own.
 * @param engine A name of `registry.ts`, or the `file:` URL of a module that exports an `engineModule`.
 */
export async function startEngine<Request, Item, Info>(
  engine: string,
  options: StartOptions,
): Promise<EngineClient<Request, Item, Info>> {
  const client = new WorkerClient<Request, Item, Info>(engine, options)
  await client.start(options.signal)
  return client
}

class WorkerClient<Request, Item, Info> implements EngineClient<Request, Item, Info> {
  readonly #name: string
  readonly #settings: WorkerSettings
  readonly #log: (message: string) => void
  readonly #queue: RequestQueue<EngineRun<Item>>
  readonly #meter = new EngineMeter()
  /** Ends a start that is under way when the client is closed. */
  readonly #lifetime = new AbortController()
  #info: Info | undefined
  #worker: Worker | undefined
  /** The run that the worker has now. */
  #current: EngineRun<Item> | undefined
  #nextId = 1
  /** Restarts since the last request that was answered. */
  #restarts = 0
  /** Why no request is taken any more. */
  #closed: VoxbridgeError | undefined

  constructor(engine: string, { modelDirs, threads, device, queueCapacity, log }: StartOptions) {
    this.#name = engine.split('/').at(-1) ?? engine
    this.#settings = { engine, options: { modelDirs, threads, ...(device && { device }) } }
    this.#log = log ?? (() => undefined)
    this.#queue = new RequestQueue(queueCapacity)
  }

  get info(): Info {
    return this.#info as Info
  }

  get state(): EngineState {
    if (this.#closed) return 'gone'
    return this.#worker ? 'running' : 'starting'
  }

  get queueDepth(): number {
    return this.#queue.size
  }

  usage(): EngineUsage {
    return this.#meter.usage(performance.now())
  }

  /** Resolves once the model is loaded. */
  async start(signal: AbortSignal = this.#lifetime.signal): Promise<void> {
    if (signal.aborted) throw aborted()
    const worker = new Worker(workerUrl, { workerData: this.#settings, name: this.#name })
    let ending: Promise<void> | undefined
    const stop = (): void => void (ending = endWorker(worker, loadingTimeoutMs))
    const signals = AbortSignal.any([signal, this.#lifetime.signal])
    signals.addEventListener('abort', stop, { once: true })
    try {
      this.#info = (await firstMessage(worker, this.#name)) as Info
      if (signals.aborted) throw aborted()
    } catch (error) {
      await ending
      throw signals.aborted ? aborted() : error
    } finally {
      signals.removeEventListener('abort', stop)
    }
    this.#worker = worker
    worker.on('message', (message: FromWorker) => this.#receive(message))
    // An 'exit' always follows; the reason is kept for the line in the log.
    let reason = 'its thread ended'
    worker.on('error', (error) => (reason = messageOf(error)))
    worker.once('exit', () => void this.#workerGone(worker, reason))
    this.#dispatch()
  }

  async *run(request: Request, { signal, priority = 0, channel }: RequestOptions): AsyncGenerator<Item> {
    if (this.#closed) throw this.#closed
    if (signal.aborted) throw aborted()
    const origin = { priority, channel, queuedAt: performance.now() }
    const run = new EngineRun<Item>(this.#nextId++, request, origin)
    const onAbort = (): void => this.#cancel(run, aborted())
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      this.#queue.push(run, origin)
      this.#dispatch()
      for (let item = await run.next(); item !== undefined; item = await run.next()) {
        this.#post({ type: 'taken', id: run.id })
        yield item
      }
    } finally {
      signal.removeEventListener('abort', onAbort)
      this.#cancel(run)
    }
  }

  async close(): Promise<void> {
    this.#refuseAll(new VoxbridgeError('ERR_ENGINE_GONE', `The engine ${this.#name} was closed.`))
    this.#lifetime.abort()
    const worker = this.#worker
    if (!worker) return
    this.#worker = undefined
    await endWorker(worker, closeTimeoutMs)
  }

  #dispatch(): void {
    if (this.#current || !this.#worker) return
    const run = this.#queue.shift()
    if (!run) return
    this.#setCurrent(run)
    try {
      this.#post({ type: 'run', id: run.id, request: run.request, cancel: run.cancelFlag })
    } catch (error) {
      // For instance audio that was moved to a worker before.
      run.end(new VoxbridgeError('ERR_ENGINE', `The request cannot be sent to a worker: ${messageOf(error)}`))
      this.#setCurrent(undefined)
      this.#dispatch()
    }
  }

  #setCurrent(run: EngineRun<Item> | undefined): void {
    const now = performance.now()
    if (this.#current) this.#meter.end(now, { abandoned: this.#current.abandoned })
    if (run) this.#meter.begin(run.origin, now)
    this.#current = run
  }

  #post(message: ToWorker): void {
    const { value, transfer } = packForTransfer(message)
    this.#worker?.postMessage(value, transfer)
  }

  #receive(message: FromWorker): void {
    const run = this.#current
    // A worker that runs says "loaded" only once, before anybody listens here.
    if (!run || message.type === 'loaded' || message.type === 'load-failed') return
    switch (message.type) {
      case 'item':
        run.push(message.item as Item)
        return
      case 'done':
        run.end()
        break
      case 'failed':
        run.end(unpackError(message.error))
        break
    }
    this.#restarts = 0
    this.#setCurrent(undefined)
    this.#dispatch()
  }

  /** The worker keeps a cancelled run until it says that it is done: it cannot be interrupted within a step. */
  #cancel(run: EngineRun<Item>, error?: VoxbridgeError): void {
    run.cancel(error)
    this.#queue.remove(run)
    if (run === this.#current) this.#post({ type: 'taken', id: run.id })
  }

  async #workerGone(worker: Worker, reason: string): Promise<void> {
    if (worker !== this.#worker) return
    this.#worker = undefined
    this.#log(`The engine ${this.#name} stopped: ${reason}. It is started again.`)
    const run = this.#current
    this.#setCurrent(undefined)
    run?.end(
      new VoxbridgeError('ERR_ENGINE_GONE', `The engine ${this.#name} stopped while it worked on this.`),
    )
    while (!this.#closed && !this.#worker) await this.#restart()
  }

  async #restart(): Promise<void> {
    if (this.#restarts >= maxRestarts) {
      const message = `The engine ${this.#name} stopped ${maxRestarts + 1} times in a row; restart the server.`
      this.#log(message)
      this.#refuseAll(new VoxbridgeError('ERR_ENGINE_GONE', message))
      return
    }
    await delay(restartDelayMs * 2 ** this.#restarts++)
    if (this.#closed) return
    try {
      await this.start()
      this.#log(`The engine ${this.#name} runs again.`)
    } catch (error) {
      this.#log(`The engine ${this.#name} did not start: ${messageOf(error)}`)
    }
  }

  #refuseAll(error: VoxbridgeError): void {
    this.#closed ??= error
    for (const run of this.#queue.drain()) run.end(error)
    this.#current?.cancel(error)
  }
}

function aborted(): VoxbridgeError {
  return new VoxbridgeError('ERR_ABORTED', 'The request was cancelled.')
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/**
 * Asks a worker to end, and waits for that. Torn down from outside while the native library loads a model, it would
 * take the process with it.
 */
async function endWorker(worker: Worker, timeoutMs: number): Promise<void> {
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  worker.postMessage({ type: 'close' } satisfies ToWorker)
  await within(exited, timeoutMs)
  await worker.terminate()
}

/** What the engine says once it is loaded. */
function firstMessage(worker: Worker, name: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.once('message', (message: FromWorker) => {
      if (message.type === 'loaded') resolve(message.info)
      else if (message.type === 'load-failed') reject(unpackError(message.error))
    })
    worker.once('error', (error) => {
      reject(new VoxbridgeError('ERR_ENGINE', `The engine ${name} did not load: ${messageOf(error)}`))
    })
    worker.once('exit', () =>
      reject(new VoxbridgeError('ERR_ENGINE', `The engine ${name} ended while it loaded.`)),
    )
  })
}
