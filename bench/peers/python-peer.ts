import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { VoxbridgeError } from '../../src/errors.ts'
import { peerFile } from './peer-files.ts'

/** What every peer tells of itself; it measures itself, so the pipe costs it nothing. */
export interface PeerAnswer {
  readonly text: string
  readonly wallMs: number
  readonly cpuMs: number
  readonly rssMb: number
}

/**
 * Another engine in a Python process of its own: JSON lines go in and come out. Most of them answer each request with
 * one line; others talk when they have something to say.
 */
export class PythonPeer<Request, Answer extends { readonly rssMb?: number } = PeerAnswer> {
  /** Highest so far. */
  rssMb = 0
  readonly #process: ChildProcess
  readonly #exit: Promise<unknown>
  readonly #answers: AsyncIterator<string>

  /**
   * @param python interpreter of an environment with the engine in it
   * @param script file beside this one, or a `file:` URL
   */
  constructor(python: string, script: string, args: readonly string[]) {
    // In a process group of its own: what the terminal's Ctrl-C ends is the bench, and the bench ends the peer.
    const child = spawn(python, [peerFile(script), ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
      detached: true,
    })
    this.#process = child
    // A program that cannot be started, or has ended, is told by the end of its answers.
    this.#exit = once(child, 'close').catch(() => undefined)
    child.stdin.on('error', () => undefined)
    this.#answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  }

  send(request: Request): void {
    this.#process.stdin?.write(`${JSON.stringify(request)}\n`)
  }

  /** @throws VoxbridgeError ERR_NOT_READY where the program has ended or says something else. */
  async next(): Promise<Answer> {
    const line = await this.#answers.next()
    if (line.done) throw new VoxbridgeError('ERR_NOT_READY', 'the peer ended: see its messages above')
    const answer = parseAnswer<Answer>(line.value)
    this.rssMb = Math.max(this.rssMb, answer.rssMb ?? 0)
    return answer
  }

  /** @throws VoxbridgeError as `next` does */
  ask(request: Request): Promise<Answer> {
    this.send(request)
    return this.next()
  }

  /** Waits for its end. */
  async close(): Promise<void> {
    this.#process.stdin?.end()
    await this.#exit
  }
}

function parseAnswer<Answer>(line: string): Answer {
  try {
    return JSON.parse(line) as Answer
  } catch (error) {
    throw new VoxbridgeError('ERR_NOT_READY', `the peer said "${line.slice(0, 200)}" in place of an answer`, {
      cause: error,
    })
  }
}
