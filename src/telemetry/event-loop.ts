import { monitorEventLoopDelay } from 'node:perf_hooks'

const resolutionMs = 10
const windowMs = 10_000
/** In less time a single stall would count for too much. */
const leastMs = windowMs / 2

export interface EventLoopMonitor {
  /** How much later than asked a timer fired, 99th percentile over the last five to fifteen seconds. */
  p99Ms(): number
  close(): void
}

export function monitorEventLoop(): EventLoopMonitor {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs })
  histogram.enable()
  let previousMs = 0
  let startedAt = performance.now()
  // Node records the whole interval between two ticks, the asked-for part included.
  const currentMs = (): number =>
    histogram.count === 0 ? 0 : Math.max(0, histogram.percentile(99) / 1e6 - resolutionMs)
  const timer = setInterval(() => {
    previousMs = currentMs()
    histogram.reset()
    startedAt = performance.now()
  }, windowMs).unref()
  return {
    p99Ms: () => (performance.now() - startedAt < leastMs ? previousMs : currentMs()),
    close() {
      clearInterval(timer)
      histogram.disable()
    },
  }
}
