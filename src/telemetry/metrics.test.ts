import t from 'tap'
import { EngineMeter } from '../models/engine-meter.ts'
import { idleLoad } from '../models/load.ts'
import type { Gauges } from './gauges.ts'
import { Metrics } from './metrics.ts'

const gauges: Gauges = {
  ready: true,
  channels: 2,
  engines: { whisper: 'running', marian: 'starting' },
  queueDepths: { whisper: 1 },
  usage: {},
  load: idleLoad,
  eventLoopP99Ms: 4,
  gpus: [],
}
const report = { segment: 1, endpointMs: 260, asrMs: 0, mtMs: 0, ttsMs: 30, queueMs: 5, firstAudioMs: 295 }

async function linesOf(metrics: Metrics, changes: Partial<Gauges> = {}): Promise<string[]> {
  return (await metrics.render({ ...gauges, ...changes })).split('\n')
}

t.test('latency, by stage and direction', async (t) => {
  const metrics = new Metrics()
  metrics.observeLatency(report, { src: 'en', tgt: 'pt' })
  metrics.observeLatency({ ...report, firstAudioMs: 795, endpointMs: 760 }, { src: 'en', tgt: 'pt' })
  metrics.observeLatency(report, { src: 'pt', tgt: 'en' })
  metrics.observeCaption(280, { src: 'pt', tgt: 'en' })
  const lines = await linesOf(metrics)
  for (const line of [
    'voxbridge_first_audio_seconds_bucket{le="0.3",src="en",tgt="pt"} 1',
    'voxbridge_first_audio_seconds_bucket{le="1",src="en",tgt="pt"} 2',
    'voxbridge_first_audio_seconds_count{src="pt",tgt="en"} 1',
    'voxbridge_stage_seconds_sum{stage="tts",src="en",tgt="pt"} 0.06',
    'voxbridge_stage_seconds_bucket{le="0.3",stage="endpoint",src="en",tgt="pt"} 1',
    'voxbridge_stage_seconds_count{stage="mt",src="pt",tgt="en"} 1',
    'voxbridge_caption_seconds_bucket{le="0.3",src="pt",tgt="en"} 1',
  ]) {
    t.ok(lines.includes(line), line)
  }
})

t.test('a direction has its series before anybody has spoken, and keeps what is in them', async (t) => {
  const metrics = new Metrics()
  const direction = { src: 'en', tgt: 'pt' }
  const line = 'voxbridge_stage_seconds_count{stage="mt",src="en",tgt="pt"}'
  metrics.expect(direction)
  t.ok((await linesOf(metrics)).includes(`${line} 0`))
  metrics.observeLatency(report, direction)
  metrics.expect(direction)
  t.ok((await linesOf(metrics)).includes(`${line} 1`))
})

t.test(
  'a client that goes through the languages of the world makes no more series than others',
  async (t) => {
    const metrics = new Metrics()
    for (let index = 0; index < 1000; index++) metrics.observeLatency(report, { src: `s${index}`, tgt: 'pt' })
    const counts = (await linesOf(metrics)).filter((line) =>
      line.startsWith('voxbridge_first_audio_seconds_count'),
    )
    t.equal(counts.length, 33)
    t.ok(counts.includes('voxbridge_first_audio_seconds_count{src="other",tgt="other"} 968'))
  },
)

t.test('speculation, and what it cost in vain', async (t) => {
  const metrics = new Metrics()
  t.ok((await linesOf(metrics)).includes('voxbridge_speculations_total{outcome="retracted"} 0'))
  metrics.countSpeculation('used', 80)
  metrics.countSpeculation('used', 90)
  metrics.countSpeculation('retracted', 70)
  metrics.countEarlyClause()
  const lines = await linesOf(metrics)
  for (const line of [
    'voxbridge_speculations_total{outcome="used"} 2',
    'voxbridge_speculations_total{outcome="retracted"} 1',
    'voxbridge_speculation_wasted_seconds_total 0.07',
    'voxbridge_early_clauses_total 1',
  ]) {
    t.ok(lines.includes(line), line)
  }
})

t.test('workers that were replaced', async (t) => {
  const metrics = new Metrics()
  t.ok((await linesOf(metrics)).includes('voxbridge_worker_restarts_total{engine="marian"} 0'))
  metrics.countWorkerRestart('marian')
  metrics.countWorkerRestart('marian')
  const lines = await linesOf(metrics)
  for (const line of [
    'voxbridge_worker_restarts_total{engine="marian"} 2',
    'voxbridge_worker_restarts_total{engine="whisper"} 0',
    'voxbridge_engine_up{engine="whisper"} 1',
    'voxbridge_engine_up{engine="marian"} 0',
  ]) {
    t.ok(lines.includes(line), line)
  }
})

t.test('what was refused, given up and ended', async (t) => {
  const metrics = new Metrics()
  metrics.countRefused('channels')
  metrics.countDropped(1500)
  metrics.countDropped(500)
  metrics.countClosed(1000)
  metrics.countError('ERR_ENGINE')
  const lines = await linesOf(metrics)
  for (const line of [
    'voxbridge_refused_total{reason="channels"} 1',
    'voxbridge_overruns_total 2',
    'voxbridge_dropped_seconds_total 2',
    'voxbridge_channels_closed_total{code="1000"} 1',
    'voxbridge_errors_total{code="ERR_ENGINE"} 1',
  ]) {
    t.ok(lines.includes(line), line)
  }
})

t.test('where the time of an engine went', async (t) => {
  const usage = { ...new EngineMeter().usage(0), final: 0.25, other: 0.5, abandonedMs: 1500 }
  const metrics = new Metrics()
  await linesOf(metrics, { usage: { whisper: usage } })
  const lines = await linesOf(metrics, { usage: { whisper: usage } })
  for (const line of [
    'voxbridge_engine_utilisation{engine="whisper",kind="final"} 0.25',
    'voxbridge_engine_utilisation{engine="whisper",kind="other"} 0.5',
    'voxbridge_engine_abandoned_seconds_total{engine="whisper"} 1.5',
  ]) {
    t.ok(lines.includes(line), line)
  }
})

t.test('the load', async (t) => {
  const lines = await linesOf(new Metrics())
  t.ok(lines.includes('voxbridge_load_level 0'))
  t.ok(lines.includes('voxbridge_partial_step_seconds 0.5'))
  const off = await linesOf(new Metrics(), {
    load: { ...idleLoad, level: 'partials-off', partialStepMs: Infinity },
  })
  t.ok(off.includes('voxbridge_load_level 2'))
  t.ok(off.includes('voxbridge_partial_step_seconds +Inf'))
})

t.test('a GPU, where there is one', async (t) => {
  t.notMatch((await linesOf(new Metrics())).join('\n'), 'gpu')
  const gpu = { gpu: '0', memoryUsedBytes: 1024, memoryBytes: 4096, utilisation: 0.17 }
  const lines = await linesOf(new Metrics(), { gpus: [gpu] })
  for (const line of [
    'voxbridge_gpu_memory_used_bytes{gpu="0"} 1024',
    'voxbridge_gpu_memory_bytes{gpu="0"} 4096',
    'voxbridge_gpu_utilisation{gpu="0"} 0.17',
  ]) {
    t.ok(lines.includes(line), line)
  }
})

t.test('the process', async (t) => {
  const text = await new Metrics().render(gauges)
  const value = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
  t.ok(value('process_resident_memory_bytes') > 2 ** 24)
  t.ok(value('process_cpu_seconds_total') > 0)
  t.ok(value('process_open_fds') > 2)
  t.ok(Math.abs(value('process_start_time_seconds') + performance.now() / 1000 - Date.now() / 1000) < 1)
})
