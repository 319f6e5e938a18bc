import t from 'tap'
import { frameMs, giveUpFrames } from './frame-overflow.ts'
import type { AudioFrame } from './stage.ts'

function frame(level: number, durationMs: number): AudioFrame {
  return { type: 'frame', samples: new Float32Array(durationMs * 16).fill(level), startMs: 0, arrivedAt: 0 }
}

void t.test('quiet frames go first, the oldest before the newer', async (t) => {
  const [speech, quiet, later, hush] = [frame(0.2, 20), frame(0.001, 20), frame(0.2, 20), frame(0, 20)]
  const waiting = [speech, quiet, later, hush]
  t.same(given(waiting, 10), [quiet])
  t.same(given(waiting, 21), [quiet, hush])
  t.same(given(waiting, 50), [quiet, hush, speech], 'then the oldest of the rest')
  t.match(giveUpFrames(waiting, 50)[0]?.reason, /quiet/)
  t.match(giveUpFrames(waiting, 50)[2]?.reason, /oldest/)

  function given(frames: readonly AudioFrame[], excessMs: number): AudioFrame[] {
    return giveUpFrames(frames, excessMs).map(({ item }) => item)
  }
})

void t.test('measures a frame in milliseconds', async (t) => {
  t.equal(frameMs(frame(0, 32)), 32)
})
