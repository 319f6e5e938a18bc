import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

/** Cores that this process may use: what the machine has, or less where its control group (a container) is limited. */
export function availableCores(cpuMaxFile = '/sys/fs/cgroup/cpu.max'): number {
  const limit = readCpuLimit(cpuMaxFile)
  return Math.max(1, Math.min(availableParallelism(), Math.floor(limit)))
}

/** `cpu.max` of cgroup 2 holds "quota period" in microseconds, or "max period" where there is no limit. */
function readCpuLimit(file: string): number {
  let text
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return Infinity
  }
  const [quota, period] = text.trim().split(' ').map(Number)
  return quota !== undefined && period !== undefined && quota > 0 && period > 0 ? quota / period : Infinity
}
