import t from 'tap'
import { splitLatency } from './latency-parts.ts'

t.test('the parts add up to the first sound', async (t) => {
  const parts = splitLatency({
    answer: { segment: 1, firstSoundMs: 500, leadSilenceMs: 40, early: false },
    report: {
      type: 'latency',
      seq: 1,
      segment: 1,
      endpointMs: 300,
      asrMs: 50,
      mtMs: 5,
      ttsMs: 20,
      queueMs: 5,
      firstAudioMs: 380,
    },
    detectedMs: 2048,
    annotatedMs: 2000,
  })
  t.match(parts, { detector: 48, microphone: 12, socket: 20, 'lead silence': 40 })
  t.equal(
    Object.values(parts).reduce((sum, part) => sum + part, 0),
    500,
  )
})
