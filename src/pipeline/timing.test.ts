import t from 'tap'
import { createTiming, reportLatency } from './timing.ts'

void t.test('the parts of a latency add up to the whole', async (t) => {
  const timing = createTiming(3, 1000, 1600)
  timing.asrMs = 200
  timing.mtMs = 5
  timing.ttsMs = 45
  t.same(reportLatency(timing, 1900), {
    segment: 3,
    endpointMs: 600,
    asrMs: 200,
    mtMs: 5,
    ttsMs: 45,
    queueMs: 50,
    firstAudioMs: 900,
  })
})

void t.test('work that overlaps leaves no negative waiting', async (t) => {
  const timing = createTiming(1, 1000, 1000)
  timing.asrMs = 500
  t.equal(reportLatency(timing, 1400).queueMs, 0)
})
