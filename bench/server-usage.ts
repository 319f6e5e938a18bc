/** What a server uses of its machine. */
import type { ServerApi } from './server-api.ts'

export interface ServerUsage {
  /** Processor time since it started. */
  readonly cpuSeconds: number
  readonly rssMb: number
  /** Over the last one to two minutes. */
  readonly eventLoopP99Ms: number
}

export async function readServerUsage(api: ServerApi): Promise<ServerUsage> {
  const metrics = await api.metrics()
  return {
    cpuSeconds: metrics.get('process_cpu_seconds_total') ?? NaN,
    rssMb: (metrics.get('process_resident_memory_bytes') ?? NaN) / 2 ** 20,
    eventLoopP99Ms: (metrics.get('voxbridge_event_loop_delay_p99_seconds') ?? NaN) * 1000,
  }
}
