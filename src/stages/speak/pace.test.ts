import t from 'tap'
import { paceFor, Playback } from './pace.ts'

void t.test('nobody is hurried for little, and nobody beyond what speech can bear', async (t) => {
  t.same(paceFor(0), { speed: 1, gap: 1 })
  t.same(paceFor(1000), { speed: 1, gap: 1 })
  t.equal(paceFor(60_000).speed, 1.2)
  t.same(paceFor(60_000), paceFor(4000))
  t.equal(paceFor(0, 0.8).speed, 0.8)
  t.equal(paceFor(60_000, 1.9).speed, 2, 'no voice is faster')
  const { speed, gap } = paceFor(2500)
  t.ok(speed > 1 && speed < 1.2 && gap < 1 && gap > 0.3)
})

void t.test('playback knows what has not been heard yet', async (t) => {
  let nowMs = 0
  const playback = new Playback(() => nowMs)
  playback.add(1000)
  playback.add(500)
  t.equal(playback.backlogMs, 1500)
  nowMs = 600
  t.equal(playback.backlogMs, 900)
  nowMs = 5000
  t.equal(playback.backlogMs, 0)
  playback.add(100)
  t.equal(playback.backlogMs, 100)
})

void t.test(
  'over ten minutes of speech that takes an eighth longer in translation, the listener keeps up',
  async (t) => {
    let nowMs = 0
    const playback = new Playback(() => nowMs)
    const passageMs = 4000
    const lags: number[] = []
    for (; nowMs < 600_000; nowMs += passageMs) {
      const { speed, gap } = paceFor(playback.backlogMs)
      playback.add((passageMs * 1.1) / speed + 250 * gap)
      lags.push(playback.backlogMs)
    }
    const first = lags.slice(15, 30)
    const last = lags.slice(-15)
    t.ok(Math.max(...last) <= Math.max(...first) * 1.05, 'the lag of the last minute is that of the second')
    t.ok(Math.max(...lags) < 8000)
  },
)
