/**
 * The main thread's side of an engine: a bounded queue of requests in front of one worker.
 *
 * A worker that crashes, or is silent for too long, is replaced by a new one in the background. What it was doing is
 * done again once; items that were sent already are not sent again.
 *
 * @example
 * const client = await startEngine<TranslateRequest, TranslationResult, TranslatorInfo>('marian', options)
 * for await (const result of client.run({ text, source: 'en', target: 'pt' }, { signal })) print(result)
 */
import { VoxbridgeError } from '../errors.ts'
import { AnswerWatch } from './answer-watch.ts'
import type { EngineOptions } from './engine.ts'
import { EngineMeter, type EngineUsage } from './engine-meter.ts'
import { EngineRun } from './engine-run.ts'
import { aborted, defaultHeapMb } from './engine-thread.ts'
import { type FromWorker, itemWindow, unpackError } from './messages.ts'
import { type RequestOptions, RequestQueue } from './request-queue.ts'
import { SupervisedThread } from './supervised-thread.ts'

/** A request that takes so many workers with it is not tried again. */
const mostDeaths = 2

export interface StartOptions<Request = never> extends EngineOptions {
  /** Requests that may wait; one more is refused with ERR_QUEUE_FULL. */
  readonly queueCapacity: number
  /**
   * How long a worker may be silent over a request before it is taken for hung; for ever where it is left out. It
   * holds from the first answer on: what is set up before that may take long.
   */
  readonly answerLimitMs?: (request: Request) => number
  /** Most memory of the worker's JavaScript objects. */
  readonly heapMb?: number
  readonly signal?: AbortSignal
  /** Told in one line when the worker stopped by itself and when it runs again. */
  readonly log?: (message: string) => void
  /** Told when a new worker has taken the place of one that crashed or hung. */
  readonly onRestart?: () => void
}

/** `gone`: it failed too often and takes no request until a new worker runs, or it was closed. */
export type EngineState = 'running' | 'starting' | 'gone'

export interface EngineClient<Request, Item, Info> {
  readonly info: Info
  readonly state: EngineState
  /** Why requests are refused for the time being, in words; undefined where they are not. */
  readonly outage: string | undefined
  /** Requests that wait now. */
  readonly queueDepth: number
  /** Where the worker's time went lately. */
  usage(): EngineUsage
  /**
   * Queues a request when the first item is asked for. Typed arrays in it must not be changed until it is answered. A
   * consumer that stops early cancels the rest.
   * @throws VoxbridgeError ERR_QUEUE_FULL, ERR_ABORTED, ERR_ENGINE_GONE (the workers died; try again) or the engine's own
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
  options: StartOptions<Request>,
): Promise<EngineClient<Request, Item, Info>> {
  const client = new WorkerClient<Request, Item, Info>(engine, options)
  await client.start(options.signal)
  return client
}

class WorkerClient<Request, Item, Info> implements EngineClient<Request, Item, Info> {
  readonly #name: string
  readonly #answerLimitMs: (request: Request) => number
  readonly #queue: RequestQueue<EngineRun<Item>>
  readonly #thread: SupervisedThread
  readonly #meter = new EngineMeter()
  readonly #watch = new AnswerWatch((limitMs) => this.#thread.giveUp(limitMs))
  #info: Info | undefined
  /** The run that the worker has now. */
  #current: EngineRun<Item> | undefined
  /** The run that a dead worker had: it is the next. */
  #interrupted: EngineRun<Item> | undefined
  #nextId = 1
  /** Whether it has ever answered. */
  #proven = false
  /** Why no request is taken any more. */
  #closed: VoxbridgeError | undefined

  constructor(engine: string, options: StartOptions<Request>) {
    const { modelDirs, threads, device, queueCapacity } = options
    this.#name = engine.split('/').at(-1) ?? engine
    this.#answerLimitMs = options.answerLimitMs ?? (() => Infinity)
    this.#queue = new RequestQueue(queueCapacity)
    this.#thread = new SupervisedThread({
      name: this.#name,
      settings: { engine, options: { modelDirs, threads, ...(device && { device }) } },
      heapMb: options.heapMb ?? defaultHeapMb,
      onMessage: (message) => this.#receive(message),
      onLoaded: (info) => {
        this.#info = info as Info
        this.#dispatch()
      },
      onLost: () => this.#takeBack(),
      onOutage: (error) => this.#refuseWaiting(error),
      onRestart: options.onRestart ?? (() => undefined),
      log: options.log ?? (() => undefined),
    })
  }

  get info(): Info {
    return this.#info as Info
  }

  get state(): EngineState {
    if (this.#closed ?? this.#thread.outage) return 'gone'
    return this.#thread.isAlive ? 'running' : 'starting'
  }

  get outage(): string | undefined {
    return this.#thread.outage?.message
  }

  get queueDepth(): number {
    return this.#queue.size + (this.#interrupted ? 1 : 0)
  }

  usage(): EngineUsage {
    return this.#meter.usage(performance.now())
  }

  /** Resolves once the model is loaded. */
  async start(signal?: AbortSignal): Promise<void> {
    await this.#thread.start(signal)
  }

  async *run(request: Request, { signal, priority = 0, channel }: RequestOptions): AsyncGenerator<Item> {
    const refusal = this.#closed ?? this.#thread.outage
    if (refusal) throw refusal
    if (signal.aborted) throw aborted()
    const origin = { priority, channel, queuedAt: performance.now() }
    const run = new EngineRun<Item>(this.#nextId++, request, origin)
    const onAbort = (): void => this.#cancel(run, aborted())
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      this.#queue.push(run, origin)
      this.#dispatch()
      for (let item = await run.next(); item !== undefined; item = await run.next()) {
        this.#letGoOn(run)
        yield item
      }
    } finally {
      signal.removeEventListener('abort', onAbort)
      this.#cancel(run)
    }
  }

  async close(): Promise<void> {
    this.#closed ??= gone(`The engine ${this.#name} was closed.`)
    this.#refuseWaiting(this.#closed)
    this.#current?.cancel(this.#closed)
    this.#watch.stop()
    await this.#thread.close()
  }

  #dispatch(): void {
    if (this.#current || !this.#thread.isAlive) return
    const run = this.#interrupted ?? this.#queue.shift()
    this.#interrupted = undefined
    if (!run) return
    this.#setCurrent(run)
    const { id, request, cancelFlag: cancel, received: skip } = run
    try {
      // Of audio a copy is sent: another worker may need it too.
      this.#thread.post({ type: 'run', id, request, cancel, skip }, { keep: true })
    } catch (error) {
      run.end(new VoxbridgeError('ERR_ENGINE', `The request cannot be sent to a worker: ${String(error)}`))
      this.#setCurrent(undefined)
      this.#dispatch()
    }
  }

  #setCurrent(run: EngineRun<Item> | undefined): void {
    const now = performance.now()
    if (this.#current) this.#meter.end(now, { abandoned: this.#current.abandoned })
    if (run) this.#meter.begin(run.origin, now)
    this.#current = run
    this.#watch.stop()
    this.#expectAnswer()
  }

  #expectAnswer(): void {
    if (this.#current && this.#proven)
      this.#watch.expect(this.#answerLimitMs(this.#current.request as Request))
  }

  #receive(message: FromWorker): void {
    const run = this.#current
    // A worker that runs says "loaded" only once, before anybody listens here.
    if (!run || message.type === 'loaded' || message.type === 'load-failed') return
    switch (message.type) {
      case 'item':
        run.push(message.item as Item)
        // With a full window the worker waits for the consumer.
        if (run.untaken >= itemWindow) this.#watch.stop()
        else this.#watch.heard()
        return
      case 'done':
        run.end()
        break
      case 'failed':
        run.end(unpackError(message.error))
        break
    }
    this.#proven = true
    this.#thread.answered()
    this.#setCurrent(undefined)
    this.#dispatch()
  }

  /** An item was taken, or nobody wants more. */
  #letGoOn(run: EngineRun<Item>): void {
    this.#thread.post({ type: 'taken', id: run.id })
    if (run === this.#current && !this.#watch.running) this.#expectAnswer()
  }

  /** The worker keeps a cancelled run until it says that it is done: it cannot be interrupted within a step. */
  #cancel(run: EngineRun<Item>, error?: VoxbridgeError): void {
    run.cancel(error)
    this.#queue.remove(run)
    if (run === this.#interrupted) this.#interrupted = undefined
    if (run === this.#current) this.#letGoOn(run)
  }

  /** Takes what a worker was doing when it died. @returns whether another one is to do it again. */
  #takeBack(): boolean {
    const run = this.#current
    this.#setCurrent(undefined)
    if (!run || run.cancelled) return false
    const again = ++run.deaths < mostDeaths
    if (again) this.#interrupted = run
    else run.end(gone(`The engine ${this.#name} stopped ${mostDeaths} times while it worked on this.`))
    return again
  }

  #refuseWaiting(error: VoxbridgeError): void {
    this.#interrupted?.end(error)
    this.#interrupted = undefined
    for (const run of this.#queue.drain()) run.end(error)
  }
}

function gone(message: string): VoxbridgeError {
  return new VoxbridgeError('ERR_ENGINE_GONE', message)
}
