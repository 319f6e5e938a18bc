/** The real server as a child process, whose workers can be let meet with accidents, and what its log tells of it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { VoxbridgeError } from '../../src/errors.ts'

export const mishapKinds = ['crash', 'exit', 'hang', 'hoard'] as const
export type MishapKind = (typeof mishapKinds)[number]

export interface Mishap {
  readonly engine: string
  readonly kind: MishapKind
}

/** What the log says of a worker. Moments are readings of `performance.now()`. */
export interface WorkerEvent {
  readonly at: number
  readonly engine: string
  readonly what: 'lost' | 'back'
  /** Whether a request that it had is made again. */
  readonly again: boolean
}

/** A worker is taken for hung after this and three times the length of what it hears. */
const answerTimeoutS = 2

export class ChaosServer {
  readonly url: URL
  readonly events: WorkerEvent[]
  readonly #child: ChildProcess
  #closing = false
  /** Rejects when the process ends by itself. */
  readonly gone: Promise<never>

  /** @throws VoxbridgeError where it ends before it is ready; it may have to be built. */
  static async start(): Promise<ChaosServer> {
    const child = spawn(
      process.execPath,
      ['--import', new URL('mishaps.mjs', sourceFolder()).href, 'dist/server.js'],
      {
        env: {
          ...withoutTestRunner(process.env),
          ...{ PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'info', MLFLOW_LIVE: 'false' },
          ...{ ANSWER_TIMEOUT_S: String(answerTimeoutS), DRAIN_TIMEOUT_S: '5' },
        },
        stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      },
    )
    const events: WorkerEvent[] = []
    const lines = createInterface({ input: child.stdout as Readable })
    const port = new Promise<string>((resolve, reject) => {
      lines.on('line', (line) => {
        const open = /Open http:\/\/[^:]+:(\d+)/.exec(line)?.[1]
        if (open !== undefined) resolve(open)
        const event = readEvent(line)
        if (event) events.push(event)
      })
      child.once('exit', () => reject(new VoxbridgeError('ERR_NOT_READY', 'the server did not start')))
    })
    return new ChaosServer(child, new URL(`http://127.0.0.1:${await port}/`), events)
  }

  private constructor(child: ChildProcess, url: URL, events: WorkerEvent[]) {
    this.#child = child
    this.url = url
    this.events = events
    this.gone = once(child, 'exit').then(([code, signal]) => {
      if (this.#closing) return new Promise<never>(() => undefined)
      throw new VoxbridgeError('ERR_INTERNAL', `the server ended: ${String(signal ?? code)}`)
    })
    this.gone.catch(() => undefined)
  }

  cause(mishap: Mishap): void {
    this.#child.send(mishap)
  }

  async close(): Promise<void> {
    this.#closing = true
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    await exited
  }
}

/** Programs run in the repository's root. */
function sourceFolder(): URL {
  return new URL(`file://${process.cwd()}/test/chaos/`)
}

function withoutTestRunner({ NODE_OPTIONS: _, ...env }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return env
}

/** @returns undefined where the line of the log is about something else. */
export function readEvent(line: string, at = performance.now()): WorkerEvent | undefined {
  const [, engine, what, rest = ''] =
    /The engine (\S+) (stopped|gave no answer|runs again)(.*)/.exec(line) ?? []
  if (engine === undefined) return undefined
  return {
    at,
    engine,
    what: what === 'runs again' ? 'back' : 'lost',
    again: rest.includes('does again what it was doing'),
  }
}
