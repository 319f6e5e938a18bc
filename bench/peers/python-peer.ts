import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createInterface } from 'node:readline'

/** Seen from the compiled file, which lies one level deeper. */
const scripts = new URL('../../../bench/peers/', import.meta.url)

/** What every peer tells of itself; it measures itself, so the pipe costs it nothing. */
export interface PeerAnswer {
  readonly text: string
  readonly wallMs: number
  readonly cpuMs: number
  readonly rssMb: number
}

/** Another engine in a Python process of its own: one JSON request a line in, one JSON answer a line out. */
export class PythonPeer<Request> {
  /** Highest so far. */
  rssMb = 0
  readonly #process: ChildProcess
  readonly #answers: AsyncIterator<string>

  /**
   * @param python interpreter of an environment with the engine in it
   * @param script file beside this one
   */
  constructor(python: string, script: string, args: readonly string[]) {
    const file = fileURLToPath(new URL(script, scripts))
    this.#process = spawn(python, [file, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
    const { stdout } = this.#process
    if (!stdout) throw new Error('the peer has no output')
    this.#answers = createInterface({ input: stdout })[Symbol.asyncIterator]()
  }

  async ask(request: Request): Promise<PeerAnswer> {
    this.#process.stdin?.write(`${JSON.stringify(request)}\n`)
    const line = await this.#answers.next()
    if (line.done) throw new Error('the peer ended: see its messages above')
    const answer = JSON.parse(line.value) as PeerAnswer
    this.rssMb = Math.max(this.rssMb, answer.rssMb)
    return answer
  }

  async close(): Promise<void> {
    if (this.#process.exitCode !== null) return
    this.#process.stdin?.end()
    await once(this.#process, 'exit')
  }
}
