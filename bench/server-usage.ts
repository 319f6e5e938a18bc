/** What a server uses of its machine. */
import { readFile } from 'node:fs/promises'
import type { ServerApi } from './server-api.ts'

export interface ServerUsage {
  /** Processor time since it started; undefined where neither the server nor the system tells. */
  readonly cpuSeconds: number | undefined
  readonly rssMb: number
  /** Over the last one to two minutes. */
  readonly eventLoopP99Ms: number
}

/** Linux counts processor time in hundredths of a second (USER_HZ). */
const ticksPerSecond = 100

/** @param pid of the server where it runs on this machine and is known. */
export async function readServerUsage(api: ServerApi, pid: number | undefined): Promise<ServerUsage> {
  const metrics = await api.metrics()
  const told = metrics.get('process_cpu_seconds_total')
  return {
    cpuSeconds: told ?? (pid === undefined ? undefined : await readCpuSeconds(pid)),
    rssMb: (metrics.get('process_resident_memory_bytes') ?? NaN) / 2 ** 20,
    eventLoopP99Ms: (metrics.get('voxbridge_event_loop_delay_p99_seconds') ?? NaN) * 1000,
  }
}

async function readCpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The second field is the program's name in parentheses, which may hold spaces; utime and stime are 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}
