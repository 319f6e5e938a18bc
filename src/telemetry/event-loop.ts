import { monitorEventLoopDelay } from 'node:perf_hooks'

const resolutionMs = 10
const windowMs = 60_000

export interface EventLoopMonitor {
  /** How much later than asked a timer fired, 99th percentile over the last one to two minutes. */
  p99Ms(): number
  close(): void
}

export function monitorEventLoop(): EventLoopMonitor {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs })
  histogram.enable()
  let previousMs = 0
  // Node records the whole interval between two ticks, the asked-for part included.
  const currentMs = (): number =>
    histogram.count === 0 ? 0 : Math.max(0, histogram.percentile(99) / 1e6 - resolutionMs)
  const timer = setInterval(() => {
    previousMs = currentMs()
    histogram.reset()
  }, windowMs).unref()
  return {
    p99Ms: () => Math.max(previousMs, currentMs()),
    close() {
      clearInterval(timer)
      histogram.disable()
    },
  }
}
