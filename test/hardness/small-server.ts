/** The server with small engines as a process of its own: what kills it kills no test, and its memory is its own. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** Resident, now and at most. */
export interface Memory {
  readonly nowMb: number
  readonly peakMb: number
}

export interface SmallServer {
  readonly port: number
  /** Undefined while it runs; else how it ended. */
  readonly death: string | undefined
  memory(): Promise<Memory>
  close(): Promise<void>
}

export interface SmallServerSettings {
  /** How long the voice `rui` speaks, whatever the text; the others take 100 ms. */
  readonly ruiSpeaksMs?: number
  readonly resumeWindowMs?: number
  readonly maxChannels?: number
}

export async function startSmallServer(settings: SmallServerSettings): Promise<SmallServer> {
  const entry = fileURLToPath(new URL('small-server-process.js', import.meta.url))
  const child = fork(entry, [JSON.stringify(settings)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  let death: string | undefined
  child.once('exit', (code, signal) => (death = `it ended with ${signal ?? `code ${code}`}`))
  const [port] = (await once(child, 'message')) as [number]
  return {
    port,
    get death() {
      return death
    },
    memory: () => readMemory(child.pid ?? 0),
    async close() {
      if (death !== undefined) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
  }
}

/** As Linux tells it. */
export async function readMemory(pid: number): Promise<Memory> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const read = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024
  return { nowMb: read('VmRSS'), peakMb: read('VmHWM') }
}
