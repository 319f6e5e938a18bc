import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { FakeCollector } from '../../../test/fixtures/fake-collector.ts'
import { createTiming } from '../../pipeline/timing.ts'
import type { UtteranceReport } from '../utterances.ts'
import { TraceLog, type TraceLogOptions } from './trace-log.ts'

const channel = { channelId: 'a', sessionId: 'b' }
const timing = { ...createTiming(1, 5000, 5260), asrMs: 10, mtMs: 4, ttsMs: 30, firstAudioAt: 5320 }
const report: UtteranceReport = {
  segment: 1,
  src: 'en',
  tgt: 'pt',
  audioMs: 2500,
  passages: [{ timing, transcribedAt: 5272, translatedAt: 5280, captionedAt: 5280 }],
  clauses: 1,
  spokenMs: 800,
  heard: 'My secret.',
  translated: 'Meu segredo.',
  error: undefined,
  endedAt: 5900,
}

function startLog(t: Test, port: number, options: Partial<TraceLogOptions> = {}) {
  const lines: string[] = []
  const log = {
    info: (line: string) => void lines.push(`info ${line}`),
    warn: (line: string) => void lines.push(`warn ${line}`),
  }
  const endpoint = `http://127.0.0.1:${port}/otlp`
  const traces = new TraceLog({ endpoint, headers: {}, intervalMs: 20, log: log as never, ...options })
  t.teardown(() => traces.close())
  return { traces, lines }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(10)
}

t.test('an utterance is a trace of its stages', async (t) => {
  const collector = new FakeCollector()
  t.teardown(() => collector.stop())
  const { traces } = startLog(t, await collector.start(), { headers: { 'x-api-key': 'abc' } })
  traces.record(report, channel)
  await until(() => collector.spans.length > 0)
  t.match(collector.requests[0], {
    path: '/otlp/v1/traces',
    headers: { 'x-api-key': 'abc', 'content-type': 'application/json' },
  })
  const [root, ...stages] = collector.spans
  t.match(root, { name: 'utterance', traceId: /^[0-9a-f]{32}$/, spanId: /^[0-9a-f]{16}$/, status: {} })
  t.equal(root?.parentSpanId, undefined)
  t.match(root?.attributes.find(({ key }) => key === 'voxbridge.src')?.value, { stringValue: 'en' })
  t.match(root?.attributes.find(({ key }) => key === 'voxbridge.first_audio_ms')?.value, { intValue: '320' })
  const offsetMs = (nanos = '0'): number => Number(BigInt(nanos) / 1000n) / 1000 - performance.timeOrigin
  t.same(
    stages.map(({ name, startTimeUnixNano, endTimeUnixNano }) => [
      name,
      Math.round(offsetMs(startTimeUnixNano)),
      Math.round(offsetMs(endTimeUnixNano)),
    ]),
    [
      ['endpoint', 5000, 5260],
      ['asr', 5262, 5272],
      ['mt', 5276, 5280],
      ['tts', 5290, 5320],
    ],
  )
  t.same(
    [Math.round(offsetMs(root?.startTimeUnixNano)), Math.round(offsetMs(root?.endTimeUnixNano))],
    [2500, 5900],
  )
  for (const { traceId, parentSpanId } of stages) {
    t.same({ traceId, parentSpanId }, { traceId: root?.traceId, parentSpanId: root?.spanId })
  }
  t.notMatch(JSON.stringify(collector.exports), /secret|segredo/)
})

t.test('one that failed says so', async (t) => {
  const collector = new FakeCollector()
  t.teardown(() => collector.stop())
  const { traces } = startLog(t, await collector.start())
  traces.record({ ...report, passages: [], error: 'ERR_ENGINE' }, channel)
  await traces.close()
  t.match(collector.spans, [{ name: 'utterance', status: { code: 2, message: 'ERR_ENGINE' } }])
})

t.test('a collector that is away is told of once, and gets what was kept when it is back', async (t) => {
  const collector = new FakeCollector()
  t.teardown(() => collector.stop())
  const port = await collector.start()
  await collector.stop()
  const { traces, lines } = startLog(t, port)
  traces.record(report, channel)
  await until(() => lines.length > 0)
  await sleep(100)
  t.match(lines, [/^warn The collector at .* cannot be reached.*4318/])
  t.equal(lines.length, 1)
  await collector.start(port)
  await until(() => collector.spans.length === 5)
  await until(() => lines.some((line) => line.includes('is back')))
})

t.test('a collector that is busy is asked again, one that refuses is not', async (t) => {
  const collector = new FakeCollector()
  t.teardown(() => collector.stop())
  const { traces, lines } = startLog(t, await collector.start())
  collector.status = 503
  traces.record(report, channel)
  await until(() => collector.requests.length > 1)
  collector.status = 401
  const { length } = collector.requests
  await until(() => collector.requests.length > length)
  await sleep(100)
  t.ok(collector.requests.length <= length + 2, 'it is not sent again and again')
  collector.status = 200
  traces.record({ ...report, segment: 2 }, channel)
  await until(() => collector.spans.length === 5)
  t.equal(lines.filter((line) => line.startsWith('warn')).length, 1)
})

t.test('a collector that hangs holds nobody up', async (t) => {
  const collector = new FakeCollector()
  collector.hangs = true
  t.teardown(() => collector.stop())
  const { traces } = startLog(t, await collector.start())
  const startedAt = performance.now()
  for (let segment = 0; segment < 1000; segment++) traces.record(report, channel)
  t.ok(performance.now() - startedAt < 1000)
  await traces.close()
  t.ok(performance.now() - startedAt < 5000)
})
