import t from 'tap'
import { EngineMeter, type EngineUsage, usageWindowMs } from './engine-meter.ts'
import type { RequestPriority } from './request-queue.ts'

type Span = readonly [
  priority: RequestPriority,
  channel: string | undefined,
  queuedAt: number,
  startedAt: number,
  endedAt: number,
]

function usageOf(spans: readonly Span[], now = usageWindowMs): EngineUsage {
  const meter = new EngineMeter()
  for (const [priority, channel, queuedAt, startedAt, endedAt] of spans) {
    meter.begin({ priority, channel, queuedAt }, startedAt)
    if (endedAt !== Infinity) meter.end(endedAt, { abandoned: false })
  }
  return meter.usage(now)
}

t.test('an engine that does nothing', async (t) => {
  t.same(usageOf([]), {
    final: 0,
    other: 0,
    finalByChannel: new Map(),
    finalWaitMs: 0,
    partialMs: undefined,
    finalMs: undefined,
    channels: 0,
    abandonedMs: 0,
  })
})

t.test('time for nothing is summed up from the start on', async (t) => {
  const meter = new EngineMeter()
  for (const [startedAt, abandoned] of [
    [0, true],
    [100, false],
    [200, true],
  ] as const) {
    meter.begin({ priority: 0, channel: 'a', queuedAt: startedAt }, startedAt)
    meter.end(startedAt + 40, { abandoned })
  }
  t.equal(meter.usage(10 * usageWindowMs).abandonedMs, 80)
})

t.test('time is split by priority and by channel', async (t) => {
  const usage = usageOf([
    [0, 'a', 0, 0, 1000],
    [1, 'a', 0, 1000, 1200],
    [0, 'b', 1000, 1200, 1700],
    [1, 'c', 1000, 1700, 2100],
    [0, 'a', 2000, 2100, 3100],
    [1, undefined, 0, 3100, 5100],
  ])
  t.equal(usage.final, 0.25)
  t.equal(usage.other, 0.26)
  t.same(
    [...usage.finalByChannel],
    [
      ['a', 0.2],
      ['b', 0.05],
    ],
  )
  t.equal(usage.partialMs, 300, 'a request without a channel is no partial')
  t.equal(usage.channels, 3)
})

t.test('only what lies in the window counts, and a run in progress up to now', async (t) => {
  const spans: readonly Span[] = [
    [0, 'a', 0, 0, 1000],
    [0, 'b', 0, 1000, 3000],
    [1, 'c', 0, 11_000, Infinity],
  ]
  const usage = usageOf(spans, 12_000)
  t.equal(usage.final, 0.1)
  t.same([...usage.finalByChannel.keys()], ['b'])
  t.equal(usage.other, 0.1)
  t.equal(usage.partialMs, undefined, 'it is not finished')
  t.equal(usageOf(spans, 30_000).other, 1)
})

t.test('the waiting time of finals, 95th percentile', async (t) => {
  const waited = (ms: number): Span => [0, 'a', 1000 - ms, 1000, 1001]
  t.equal(usageOf([waited(20), waited(300), waited(40), [1, 'a', 0, 1002, 1003]]).finalWaitMs, 300)
  t.equal(usageOf([...Array.from({ length: 19 }, () => waited(10)), waited(900)]).finalWaitMs, 10)
})
