/** One worker thread of an engine, from its start to its end. */
import './no-telemetry.ts'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { VoxbridgeError } from '../errors.ts'
import { within } from '../pipeline/within.ts'
import { type FromWorker, type ToWorker, unpackError, type WorkerSettings } from './messages.ts'
import { NativeGate } from './native-gate.ts'
import { type PackOptions, packForTransfer } from './transfer.ts'

const workerUrl = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)

/** How often a thread that is to be torn down is looked at. */
const gatePollMs = 20
const closeTimeoutMs = 5000
/** Loading cannot be interrupted. */
const loadingTimeoutMs = 30_000
/** Of JavaScript objects; models and audio lie outside. Without a limit of its own it would be that of the process. */
export const defaultHeapMb = 1024

export interface ThreadOptions {
  /** Of the engine, for people. */
  readonly name: string
  readonly settings: Omit<WorkerSettings, 'gate'>
  readonly heapMb: number
  readonly signal: AbortSignal
}

export class EngineThread {
  readonly #worker: Worker
  readonly #gate: NativeGate
  readonly #exited: Promise<void>

  /**
   * Resolves once the engine is loaded.
   * @throws VoxbridgeError ERR_ABORTED, ERR_ENGINE, or what the engine threw; nothing stays loaded then
   */
  static async start(options: ThreadOptions): Promise<{ thread: EngineThread; info: unknown }> {
    const { name, signal } = options
    if (signal.aborted) throw aborted()
    const thread = new EngineThread(options)
    let ending: Promise<boolean> | undefined
    const stop = (): void => void (ending = within(thread.#tearDown(), loadingTimeoutMs))
    signal.addEventListener('abort', stop, { once: true })
    try {
      const info = await thread.#loaded(name)
      if (signal.aborted) throw aborted()
      return { thread, info }
    } catch (error) {
      await ending
      throw signal.aborted ? aborted() : error
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  private constructor({ name, settings, heapMb }: ThreadOptions) {
    this.#gate = new NativeGate()
    this.#worker = new Worker(workerUrl, {
      workerData: { ...settings, gate: this.#gate.memory } satisfies WorkerSettings,
      name,
      resourceLimits: { maxOldGenerationSizeMb: heapMb },
    })
    this.#exited = once(this.#worker, 'exit').then(
      () => undefined,
      () => undefined,
    )
  }

  onMessage(listener: (message: FromWorker) => void): void {
    this.#worker.on('message', listener)
  }

  /** @param listener is told once why the thread ended. */
  onExit(listener: (reason: string) => void): void {
    let reason = 'its thread ended'
    this.#worker.on('error', (error) => (reason = describeCrash(error)))
    this.#worker.once('exit', () => listener(reason))
  }

  /** @throws where something in the message cannot be sent, for instance audio that was moved to a worker before. */
  post(message: ToWorker, options?: PackOptions): void {
    const { value, transfer } = packForTransfer(message, options)
    this.#worker.postMessage(value, transfer)
  }

  /**
   * Ends it: in order where it listens, by force where it does not.
   * @returns false where native code does not return: the thread stays, and with it the process.
   */
  async close(): Promise<boolean> {
    this.post({ type: 'close' })
    return (await within(this.#exited, closeTimeoutMs)) || this.tearDown()
  }

  /** Ends it by force, without a hearing. @returns as `close` */
  tearDown(): Promise<boolean> {
    return within(this.#tearDown(), closeTimeoutMs)
  }

  /** Goes on until it is done, however long native code takes. */
  async #tearDown(): Promise<void> {
    this.#gate.shut()
    let running = true
    void this.#exited.then(() => (running = false))
    while (running && this.#gate.busy) await delay(gatePollMs)
    await this.#worker.terminate()
  }

  /** What the engine says once it is loaded. */
  #loaded(name: string): Promise<unknown> {
    const worker = this.#worker
    return new Promise((resolve, reject) => {
      worker.once('message', (message: FromWorker) => {
        if (message.type === 'loaded') resolve(message.info)
        else if (message.type === 'load-failed') reject(unpackError(message.error))
      })
      worker.once('error', (error) => {
        reject(new VoxbridgeError('ERR_ENGINE', `The engine ${name} did not load: ${describeCrash(error)}`))
      })
      worker.once('exit', () =>
        reject(new VoxbridgeError('ERR_ENGINE', `The engine ${name} ended while it loaded.`)),
      )
    })
  }
}

function describeCrash(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const outOfMemory = 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
  return outOfMemory ? 'its JavaScript objects ran out of memory' : error.message.replace(/\.$/, '')
}

export function aborted(): VoxbridgeError {
  return new VoxbridgeError('ERR_ABORTED', 'The request was cancelled.')
}
