/**
 * What the process takes of the machine, by the names that Prometheus gives it. `collectDefaultMetrics` would bring a
 * second monitor of the event loop, and observers that cannot be ended.
 */
import { readdir } from 'node:fs/promises'
import { Counter, Gauge, type Registry } from 'prom-client'

export function addProcessMetrics(registry: Registry): void {
  const registers = [registry]
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory.',
    registers,
    collect() {
      this.set(process.memoryUsage.rss())
    },
  })
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'Processor time, of all threads.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage()
      this.reset()
      this.inc((user + system) / 1e6)
    },
  })
  new Gauge({
    name: 'process_start_time_seconds',
    help: 'When the process started, in seconds since 1970.',
    registers,
  }).set(performance.timeOrigin / 1000)
  new Gauge({
    name: 'process_open_fds',
    help: 'Open files and connections.',
    registers,
    async collect() {
      this.set((await readdir('/proc/self/fd')).length)
    },
  })
}
