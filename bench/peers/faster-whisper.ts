import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createInterface } from 'node:readline'

/** Seen from the compiled file, which lies one level deeper. */
const script = fileURLToPath(new URL('../../../bench/peers/faster-whisper.py', import.meta.url))

interface Answer {
  readonly text: string
  readonly wallMs: number
  readonly cpuMs: number
  readonly rssMb: number
}

/** faster-whisper in a Python process of its own; it measures itself, so the pipe costs it nothing. */
export class FasterWhisper {
  /** Highest so far. */
  rssMb = 0
  readonly #process: ChildProcess
  readonly #answers: AsyncIterator<string>

  /** @param python interpreter of an environment with faster-whisper in it */
  constructor(python: string, modelDir: string, threads: number) {
    this.#process = spawn(python, [script, modelDir, String(threads)], { stdio: ['pipe', 'pipe', 'inherit'] })
    const { stdout } = this.#process
    if (!stdout) throw new Error('the peer has no output')
    this.#answers = createInterface({ input: stdout })[Symbol.asyncIterator]()
  }

  async hear(samples: Float32Array, language: string, beam: number): Promise<Answer> {
    const bytes = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)
    const request = { samples: bytes.toString('base64'), language, beam }
    this.#process.stdin?.write(`${JSON.stringify(request)}\n`)
    const line = await this.#answers.next()
    if (line.done) throw new Error('the peer ended: see its messages above')
    const answer = JSON.parse(line.value) as Answer
    this.rssMb = Math.max(this.rssMb, answer.rssMb)
    return answer
  }

  async close(): Promise<void> {
    if (this.#process.exitCode !== null) return
    this.#process.stdin?.end()
    await once(this.#process, 'exit')
  }
}
