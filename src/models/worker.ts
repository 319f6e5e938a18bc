/**
 * The thread of one engine: loads it, then answers one request after the other with a stream of items.
 * The main thread's side is `worker-client.ts`.
 */
import { parentPort, workerData } from 'node:worker_threads'
import type { CancelSignal, Engine } from './engine.ts'
import { type FromWorker, type ToWorker, type WorkerSettings, itemWindow, packError } from './messages.ts'
import { loadEngineModule } from './registry.ts'
import { packForTransfer } from './transfer.ts'

if (!parentPort) throw new Error('worker.ts runs in a worker thread only')
const port = parentPort

type AnyEngine = Engine<unknown, unknown, unknown>

type RunMessage = Extract<ToWorker, { readonly type: 'run' }>

interface CurrentRun {
  readonly id: number
  /** Items that were sent and not yet taken; less than none while those of a dead worker are taken. */
  pending: number
  /** Set while the run waits for the consumer. */
  wake: (() => void) | undefined
}

let current: CurrentRun | undefined

function send(message: FromWorker): void {
  const { value, transfer } = packForTransfer(message)
  port.postMessage(value, transfer)
}

async function load({ engine, options }: WorkerSettings): Promise<AnyEngine | undefined> {
  try {
    const module = await loadEngineModule(engine)
    const loaded = (await module.load(options)) as AnyEngine
    send({ type: 'loaded', info: loaded.info })
    return loaded
  } catch (error) {
    send({ type: 'load-failed', error: packError(error) })
    return undefined
  }
}

async function run(engine: AnyEngine, { id, request, cancel, skip }: RunMessage): Promise<void> {
  const state: CurrentRun = { id, pending: 0, wake: undefined }
  const signal = cancelSignal(cancel)
  let made = 0
  current = state
  try {
    for await (const item of engine.run(request, { signal })) {
      if (signal.aborted) break
      if (made++ < skip) continue
      send({ type: 'item', id, item })
      state.pending++
      while (state.pending >= itemWindow && !signal.aborted) {
        await new Promise<void>((resolve) => (state.wake = resolve))
      }
    }
    send({ type: 'done', id })
  } catch (error) {
    send({ type: 'failed', id, error: packError(error) })
  } finally {
    current = undefined
  }
}

function itemTaken(id: number): void {
  if (current?.id !== id) return
  current.pending--
  current.wake?.()
  current.wake = undefined
}

function cancelSignal(flag: SharedArrayBuffer): CancelSignal {
  const cell = new Int32Array(flag)
  return {
    get aborted() {
      return Atomics.load(cell, 0) !== 0
    },
  }
}

async function close(engine: AnyEngine | undefined): Promise<void> {
  try {
    await engine?.close()
  } finally {
    port.close()
  }
}

const engine = await load(workerData as WorkerSettings)
if (!engine) port.close()
else {
  port.on('message', (message: ToWorker) => {
    switch (message.type) {
      case 'run':
        void run(engine, message)
        break
      case 'taken':
        itemTaken(message.id)
        break
      case 'close':
        void close(engine)
        break
    }
  })
}
