import t from 'tap'
import { EngineMeter, type EngineUsage } from './engine-meter.ts'
import { LoadMonitor } from './load-monitor.ts'

const idle = new EngineMeter().usage(0)

t.test('nothing is known until the models are loaded', async (t) => {
  const monitor = new LoadMonitor({
    engines: () => undefined,
    channels: () => [],
    eventLoopP99Ms: () => 1000,
  })
  t.match(monitor.refresh(), { level: 'normal', partialStepMs: 500 })
})

t.test('while partials are off, finals tell what they would cost', async (t) => {
  let ears: EngineUsage = { ...idle, final: 0.5, partialMs: 100, channels: 5 }
  const monitor = new LoadMonitor({
    engines: () => ({ usage: () => ({ ears }), expectedShares: {} }),
    channels: () => [],
    eventLoopP99Ms: () => 0,
  })
  t.match(monitor.refresh(), { level: 'partials-off', partialStepMs: Infinity, utilisation: 0.5 })
  ears = { ...ears, partialMs: undefined }
  t.equal(monitor.refresh().partialStepMs, Infinity)
  ears = { ...ears, final: 0.2 }
  t.equal(monitor.refresh().partialStepMs, 1400, 'as the last partials did, where there are no finals')
  t.equal(monitor.current.level, 'partials-slower')
  ears = { ...ears, finalMs: 30 }
  t.equal(monitor.refresh().partialStepMs, 500)
})
