import t from 'tap'
import { idleLoad } from '../models/load.ts'
import { type Gauges, Metrics } from './metrics.ts'

const gauges: Gauges = {
  ready: true,
  channels: 2,
  queueDepths: { whisper: 1 },
  usage: {},
  load: idleLoad,
  eventLoopP99Ms: 4,
}

function linesOf(metrics: Metrics, changes: Partial<Gauges> = {}): string[] {
  return metrics.render({ ...gauges, ...changes }).split('\n')
}

t.test('speculation, and what it cost in vain', async (t) => {
  const metrics = new Metrics()
  t.ok(linesOf(metrics).includes('voxbridge_speculations_total{outcome="retracted"} 0'))
  metrics.countSpeculation('used', 80)
  metrics.countSpeculation('used', 90)
  metrics.countSpeculation('retracted', 70)
  metrics.countEarlyClause()
  const lines = linesOf(metrics)
  for (const line of [
    'voxbridge_speculations_total{outcome="used"} 2',
    'voxbridge_speculations_total{outcome="retracted"} 1',
    'voxbridge_speculation_wasted_ms_total 70',
    'voxbridge_early_clauses_total 1',
  ]) {
    t.ok(lines.includes(line), line)
  }
})

t.test('where the time of an engine went', async (t) => {
  const finalByChannel = new Map<string, number>()
  const rest = {
    finalByChannel,
    finalWaitMs: 0,
    partialMs: undefined,
    finalMs: 60,
    channels: 1,
    abandonedMs: 1500,
  }
  const lines = linesOf(new Metrics(), { usage: { whisper: { final: 0.25, other: 0.5, ...rest } } })
  for (const line of [
    'voxbridge_engine_utilisation{engine="whisper",kind="final"} 0.25',
    'voxbridge_engine_utilisation{engine="whisper",kind="other"} 0.5',
    'voxbridge_engine_abandoned_seconds_total{engine="whisper"} 1.5',
  ]) {
    t.ok(lines.includes(line), line)
  }
})

t.test('the load', async (t) => {
  const lines = linesOf(new Metrics())
  t.ok(lines.includes('voxbridge_load_level 0'))
  t.ok(lines.includes('voxbridge_partial_step_ms 500'))
  const off = linesOf(new Metrics(), {
    load: { ...idleLoad, level: 'partials-off', partialStepMs: Infinity },
  })
  t.ok(off.includes('voxbridge_load_level 2'))
  t.ok(off.includes('voxbridge_partial_step_ms +Inf'))
})
