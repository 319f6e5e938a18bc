import t from 'tap'
import { joinPcm, joinSamples } from './join-samples.ts'

void t.test('pieces are joined in order, whatever their length', async (t) => {
  t.same(joinPcm([Int16Array.of(1, 2), new Int16Array(0), Int16Array.of(3)]), Int16Array.of(1, 2, 3))
  t.same(joinSamples([Float32Array.of(0.5), Float32Array.of(-1, 1)]), Float32Array.of(0.5, -1, 1))
  t.same(joinSamples([]), new Float32Array(0))
})
