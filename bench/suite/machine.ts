/** Where and on which commit a bench ran. */
import { execFile } from 'node:child_process'
import { cpus, totalmem } from 'node:os'
import { promisify } from 'node:util'
import { availableCores } from '../../src/cores.ts'

const run = promisify(execFile)

export interface Origin {
  /** A `+` behind it says that the working tree had changes; `unknown` outside of a git checkout. */
  readonly commit: string
  /** ISO 8601. */
  readonly date: string
  readonly machine: string
}

export async function describeOrigin(): Promise<Origin> {
  return { commit: await findCommit(), date: new Date().toISOString(), machine: describeMachine() }
}

export function describeMachine(): string {
  const cores = availableCores()
  const model = cpus()[0]?.model.trim() ?? process.arch
  const memoryGb = Math.round(totalmem() / 2 ** 30)
  return `${model}, ${cores} ${cores === 1 ? 'core' : 'cores'}, ${memoryGb} GB, Node ${process.versions.node}`
}

/** What a bench writes does not count as a change. */
async function findCommit(): Promise<string> {
  try {
    const { stdout: commit } = await run('git', ['rev-parse', '--short=10', 'HEAD'])
    const { stdout: changes } = await run('git', ['status', '--porcelain', '--', ':!bench/history.json'])
    return commit.trim() + (changes.trim() === '' ? '' : '+')
  } catch {
    return 'unknown'
  }
}
