import { setImmediate, setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { Count, CountInfo, CountRequest } from '../../test/fixtures/counting-engine.ts'
import type { RequestOptions } from './request-queue.ts'
import { type EngineClient, type StartOptions, startEngine } from './worker-client.ts'

type Client = EngineClient<CountRequest, Count, CountInfo>

const engineUrl = new URL('../../test/fixtures/counting-engine.ts', import.meta.url).href
const forever = new AbortController().signal

async function start(t: Test, options: Partial<StartOptions<CountRequest>> = {}): Promise<Client> {
  const client = await startEngine<CountRequest, Count, CountInfo>(engineUrl, {
    modelDirs: ['numbers'],
    threads: 3,
    queueCapacity: 4,
    ...options,
  })
  t.teardown(() => client.close())
  return client
}

async function collect(
  client: Client,
  request: CountRequest,
  options: Partial<RequestOptions> = {},
): Promise<Count[]> {
  const items = []
  for await (const item of client.run(request, { signal: forever, ...options })) items.push(item)
  return items
}

/** Starts a request that keeps the engine until the returned function is called. */
async function occupy(client: Client): Promise<() => Promise<void>> {
  const controller = new AbortController()
  const run = client.run({ to: 1, then: 'busy until cancelled' }, { signal: controller.signal })
  const iterator = run[Symbol.asyncIterator]()
  await iterator.next()
  return async () => {
    controller.abort()
    await iterator.next().catch(() => undefined)
  }
}

t.test('answers with a stream of items', async (t) => {
  const client = await start(t)
  t.same(client.info, { dirs: ['numbers'], threads: 3 })
  const samples = Float32Array.of(1, 2, 4)
  const counts = await collect(client, { to: 200, samples })
  t.same(
    counts.map(({ value }) => value),
    Array.from({ length: 200 }, (_, index) => index + 1),
  )
  t.equal(counts[0]?.sum, 7)
  t.same(samples, [1, 2, 4], 'the samples are kept')
})

t.test('a view of part of a buffer leaves the rest of it alone', async (t) => {
  const client = await start(t)
  const whole = Float32Array.of(1, 2, 4)
  const counts = await collect(client, { to: 1, samples: whole.subarray(1) })
  t.equal(counts[0]?.sum, 6)
  t.same(whole, [1, 2, 4])
})

t.test('samples that were moved before are refused, and the next request is served', async (t) => {
  const client = await start(t)
  const samples = Float32Array.of(1)
  structuredClone(samples, { transfer: [samples.buffer] })
  await t.rejects(collect(client, { to: 1, samples }), { code: 'ERR_ENGINE' })
  t.equal((await collect(client, { to: 2 })).length, 2)
})

t.test('errors keep their code; those without one get ERR_ENGINE', async (t) => {
  const client = await start(t)
  await t.rejects(collect(client, { to: 0, then: 'fail' }), {
    code: 'ERR_LANGUAGE',
    message: 'I cannot count in that language.',
  })
  await t.rejects(collect(client, { to: 0, then: 'fail strangely' }), {
    code: 'ERR_ENGINE',
    message: 'Out of numbers.',
  })
  t.equal((await collect(client, { to: 2 })).length, 2, 'the engine lives on')
})

t.test('a load that fails says why', async (t) => {
  await t.rejects(start(t, { modelDirs: [] }), {
    code: 'ERR_MODEL_MISSING',
    message: 'There is nothing to count in.',
  })
  const missing = new URL('./no-such-engine.ts', import.meta.url).href
  await t.rejects(startEngine(missing, { modelDirs: [], threads: 1, queueCapacity: 1 }), {
    code: 'ERR_ENGINE',
  })
  await t.rejects(startEngine('abacus', { modelDirs: [], threads: 1, queueCapacity: 1 }), {
    code: 'ERR_MODEL_UNKNOWN',
  })
  await t.rejects(start(t, { signal: AbortSignal.abort() }), { code: 'ERR_ABORTED' })
})

t.test('a final goes before a partial, first come first served otherwise', async (t) => {
  const client = await start(t)
  const release = await occupy(client)
  const order: string[] = []
  const queue = async (name: string, priority: 0 | 1): Promise<void> => {
    await collect(client, { to: 1 }, { priority })
    order.push(name)
  }
  const all = [queue('partial 1', 1), queue('partial 2', 1), queue('final 1', 0), queue('final 2', 0)]
  t.equal(client.queueDepth, 4)
  await t.rejects(collect(client, { to: 1 }), { code: 'ERR_QUEUE_FULL' })
  await release()
  await Promise.all(all)
  t.same(order, ['final 1', 'final 2', 'partial 1', 'partial 2'])
  t.equal(client.queueDepth, 0)
})

t.test('channels are served in turn', async (t) => {
  const client = await start(t)
  const release = await occupy(client)
  const order: string[] = []
  const queue = async (name: string, channel: string): Promise<void> => {
    await collect(client, { to: 1 }, { channel })
    order.push(name)
  }
  const all = [queue('a 1', 'a'), queue('a 2', 'a'), queue('b 1', 'b'), queue('c 1', 'c')]
  await release()
  await Promise.all(all)
  t.same(order, ['a 1', 'b 1', 'c 1', 'a 2'])
})

t.test('it knows what it did for nobody', async (t) => {
  const client = await start(t)
  await collect(client, { to: 1 })
  t.equal(client.usage().abandonedMs, 0, 'an answer that was taken')
  const leave = new AbortController()
  const request: CountRequest = { to: 0, then: 'busy until cancelled' }
  const left = t.rejects(collect(client, request, { signal: leave.signal }), { code: 'ERR_ABORTED' })
  await delay(20)
  leave.abort()
  await left
  await collect(client, { to: 1 })
  t.ok(client.usage().abandonedMs >= 19)
})

t.test('it knows where its time went', async (t) => {
  const client = await start(t)
  t.match(client.usage(), { final: 0, other: 0, finalWaitMs: 0, channels: 0 })
  const release = await occupy(client)
  const final = collect(client, { to: 1 }, { channel: 'a' })
  const partial = collect(client, { to: 1 }, { channel: 'b', priority: 1 })
  await delay(30)
  const busy = client.usage().final
  t.ok(busy > 0.0025 && busy < 0.5, `${busy} while the first request runs`)
  await release()
  await Promise.all([final, partial])
  const usage = client.usage()
  t.ok(usage.finalWaitMs >= 29, `${usage.finalWaitMs} ms in the queue`)
  t.ok(usage.other > 0 && usage.other < usage.final)
  t.same([...usage.finalByChannel.keys()], ['a'])
  t.ok((usage.partialMs ?? 0) > 0)
  t.equal(usage.channels, 2)
})

t.test('an abort takes back what waits and stops what runs', async (t) => {
  const client = await start(t)
  const release = await occupy(client)
  const controller = new AbortController()
  const waiting = collect(client, { to: 1 }, { signal: controller.signal })
  t.equal(client.queueDepth, 1)
  controller.abort()
  await t.rejects(waiting, { code: 'ERR_ABORTED' })
  t.equal(client.queueDepth, 0)
  await release()
  await t.rejects(collect(client, { to: 1 }, { signal: controller.signal }), { code: 'ERR_ABORTED' })
  const [next] = await collect(client, { to: 1 })
  t.equal(next?.made, 2, 'only the first request and this one reached the engine')
})

t.test('a consumer that stops early stops the engine', async (t) => {
  const client = await start(t)
  for await (const { value } of client.run({ to: 1e9 }, { signal: forever })) if (value === 3) break
  t.equal((await collect(client, { to: 1 })).length, 1)
})

t.test('the engine waits for a slow consumer', async (t) => {
  const client = await start(t)
  const iterator = client.run({ to: 1000 }, { signal: forever })[Symbol.asyncIterator]()
  await iterator.next()
  // Many more turns than the engine needs for 1000 items.
  for (let turn = 0; turn < 20000; turn++) await setImmediate()
  await iterator.return?.()
  const [after] = await collect(client, { to: 1 })
  t.ok(after && after.made < 100, `${after?.made} items were made`)
})

/** For `times`: a number that all workers see. */
function shared(value: number): Int32Array {
  const cell = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  cell[0] = value
  return cell
}

const mishaps = [
  ['crash', /stopped: Counted too far\. A new worker does again/],
  ['exit', /stopped: its thread ended/],
  ['hoard', /stopped: its JavaScript objects ran out of memory/],
  ['sleep', /gave no answer for 0\.3 s/],
  ['loop', /gave no answer/],
] as const
for (const [then, line] of mishaps) {
  t.test(`where a worker meets "${then}", another one does it again`, async (t) => {
    const lines: string[] = []
    let restarts = 0
    const client = await start(t, {
      heapMb: 256,
      answerLimitMs: () => (then === 'sleep' || then === 'loop' ? 300 : 60_000),
      log: (line) => lines.push(line),
      onRestart: () => restarts++,
    })
    await collect(client, { to: 1 })
    const samples = Float32Array.of(1, 2, 4)
    const running = collect(client, { to: 3, samples, then, times: shared(1) })
    const waiting = collect(client, { to: 2 })
    const counts = await running
    t.same(
      counts.map(({ value, sum }) => [value, sum]),
      [
        [1, 7],
        [2, 7],
        [3, 7],
      ],
      'each item once',
    )
    t.same(
      (await waiting).map(({ made }) => made),
      [4, 5],
      'by the new worker, after what was interrupted',
    )
    t.equal(client.state, 'running')
    t.equal(restarts, 1)
    t.match(lines, [line, /runs again after \d+\.\d s\.$/])
    t.equal(lines.length, 2)
  })
}

t.test('a request that takes two workers with it fails; others are answered', async (t) => {
  const lines: string[] = []
  const client = await start(t, { log: (line) => lines.push(line) })
  const running = collect(client, { to: 1, then: 'exit' })
  const waiting = collect(client, { to: 2 })
  await t.rejects(running, { code: 'ERR_ENGINE_GONE', retryable: true, message: /stopped 2 times/ })
  t.equal((await waiting).length, 2)
  t.match(lines, [/does again/, /runs again/, /A new worker is started/, /runs again/])
})

t.test('what nobody waits for is not done again', async (t) => {
  const client = await start(t, { answerLimitMs: () => 300 })
  await collect(client, { to: 1 })
  const times = shared(2)
  const leave = new AbortController()
  const left = collect(client, { to: 0, then: 'sleep', times }, { signal: leave.signal })
  await delay(20)
  leave.abort()
  await t.rejects(left, { code: 'ERR_ABORTED' })
  t.same(await collect(client, { to: 1 }), [{ value: 1, sum: 0, made: 1 }], 'of a new worker')
  t.same(times, [1])
})

t.test(
  'an engine is not taken for hung while it waits for a slow consumer, nor before its first answer',
  async (t) => {
    let restarts = 0
    const client = await start(t, { answerLimitMs: () => 100, onRestart: () => restarts++ })
    const release = await occupy(client)
    await delay(200)
    await release()
    const slow = client.run({ to: 200 }, { signal: forever })[Symbol.asyncIterator]()
    await slow.next()
    await delay(300)
    await slow.return?.()
    t.equal((await collect(client, { to: 1 })).length, 1)
    t.equal(restarts, 0)
  },
)

t.test('a thread within native code is replaced at once, and ends when it comes back', async (t) => {
  const client = await start(t, { answerLimitMs: () => 300 })
  await collect(client, { to: 1 })
  const release = shared(0)
  t.equal(
    (await collect(client, { to: 2, then: 'hang in native code', times: shared(1), release })).length,
    2,
  )
  Atomics.store(release, 0, 1)
  Atomics.notify(release, 0)
  const closingAt = performance.now()
  await client.close()
  t.ok(performance.now() - closingAt < 1000)
})

t.test('an engine that fails again and again refuses requests meanwhile, and comes back', async (t) => {
  const client = await start(t, { queueCapacity: 10 })
  const poison = { to: 0, then: 'exit' } as const
  const crashes = await Promise.allSettled(Array.from({ length: 8 }, () => collect(client, poison)))
  for (const crash of crashes) t.match(crash, { status: 'rejected', reason: { code: 'ERR_ENGINE_GONE' } })
  t.match(client.outage, /counting-engine.ts failed 4 times in a row, the last time it stopped/)
  t.equal(client.state, 'gone')
  await t.rejects(collect(client, { to: 1 }), { code: 'ERR_ENGINE_GONE', message: /It is tried again/ })
  while (client.state !== 'running') await delay(20)
  t.equal(client.outage, undefined)
  t.equal((await collect(client, { to: 1 })).length, 1)
})

t.test('closing does not wait for the next start', async (t) => {
  const client = await start(t, { queueCapacity: 10 })
  const poison = { to: 0, then: 'exit' } as const
  await Promise.allSettled(Array.from({ length: 8 }, () => collect(client, poison)))
  const closingAt = performance.now()
  await client.close()
  t.ok(performance.now() - closingAt < 500)
  t.equal(client.state, 'gone')
})

t.test('closing ends what runs and what waits', async (t) => {
  const client = await start(t)
  await occupy(client)
  const waiting = collect(client, { to: 1 })
  await Promise.all([client.close(), t.rejects(waiting, { code: 'ERR_ENGINE_GONE' })])
  await t.rejects(collect(client, { to: 1 }), { code: 'ERR_ENGINE_GONE' })
})
