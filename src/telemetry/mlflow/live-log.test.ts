import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { idleLoad } from '../../models/load.ts'
import { FakeMlflow } from '../../../test/fixtures/fake-mlflow.ts'
import { LiveLog } from './live-log.ts'
import { LiveWindow } from './live-window.ts'

const gauges = () => ({ channels: 3, load: idleLoad, eventLoopP99Ms: 1 })
const report = { segment: 1, endpointMs: 100, asrMs: 20, mtMs: 10, ttsMs: 30, queueMs: 40 }

interface Trial {
  readonly window: LiveWindow
  readonly liveLog: LiveLog
  readonly lines: string[]
}

function startLog(t: Test, port: number, intervalMs: number): Trial {
  const lines: string[] = []
  const window = new LiveWindow()
  const log = {
    info: (line: string) => lines.push(`info ${line}`),
    warn: (line: string) => lines.push(`warn ${line}`),
  }
  const trackingUri = `http://127.0.0.1:${port}`
  const options = { trackingUri, experimentName: 'live', params: { whisper: 'base' }, window, gauges }
  const liveLog = new LiveLog({ ...options, intervalMs, log: log as never })
  t.teardown(() => liveLog.close())
  return { window, liveLog, lines }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(10)
}

t.test('a window is summed up, and begins anew', async (t) => {
  const window = new LiveWindow()
  window.countUtterance()
  window.countError('ERR_ENGINE')
  window.countError('ERR_ENGINE')
  window.countDropped(500)
  for (const firstAudioMs of [200, 300, 400]) window.observeLatency({ ...report, firstAudioMs })
  t.match(window.take(gauges()), {
    channels: 3,
    utterances: 1,
    'load/level': 0,
    'errors/all': 2,
    'errors/ERR_ENGINE': 2,
    'overruns/count': 1,
    'overruns/dropped_ms': 500,
    'latency/firstAudio_p50_ms': 300,
    'latency/firstAudio_p95_ms': 390,
    'latency/asr_p50_ms': 20,
  })
  const next = window.take(gauges())
  t.match(next, { utterances: 0, 'errors/all': 0, 'overruns/count': 0 })
  t.notOk(Object.keys(next).some((name) => name.startsWith('latency/')))
})

t.test('each interval is one step of a run that ends with the server', async (t) => {
  const fake = new FakeMlflow()
  t.teardown(() => fake.stop())
  const { window, liveLog } = startLog(t, await fake.start(), 30)
  window.countUtterance()
  await until(() => (fake.runs[0]?.metrics.length ?? 0) > 16)
  await liveLog.close()
  const [run] = fake.runs
  t.equal(run?.status, 'FINISHED')
  t.equal(run?.params.get('whisper'), 'base')
  const counts = run?.metrics.filter(({ key }) => key === 'utterances') ?? []
  t.equal(counts[0]?.value, 1)
  t.same(
    counts.map(({ step }) => step),
    counts.map((_, index) => index),
    'nothing is sent twice or left out',
  )
})

t.test('a server that is down is told of once, and loses nothing when it is back', async (t) => {
  const fake = new FakeMlflow()
  t.teardown(() => fake.stop())
  const port = await fake.start()
  await fake.stop()
  const { liveLog, lines } = startLog(t, port, 20)
  await until(() => lines.length > 0)
  await sleep(100)
  t.equal(lines.filter((line) => line.startsWith('warn')).length, 1, lines.join('\n'))
  await fake.start(port)
  await until(() => lines.some((line) => line.includes('is back')))
  await liveLog.close()
  const steps = fake.runs[0]?.metrics.filter(({ key }) => key === 'channels').map(({ step }) => step) ?? []
  t.equal(steps[0], 0, 'the first minute is there')
  t.ok(steps.length > 3)
})

t.test('a server that hangs does not hold up the end', async (t) => {
  const fake = new FakeMlflow()
  fake.hangs = true
  t.teardown(() => fake.stop())
  const { liveLog } = startLog(t, await fake.start(), 20)
  await sleep(50)
  const startedAt = performance.now()
  await liveLog.close()
  t.ok(performance.now() - startedAt < 4000)
})
