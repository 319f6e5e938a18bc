import t from 'tap'
import { resample } from './dnsmos-resample.ts'

const tone = (length: number, cyclesPerSample: number): Float32Array =>
  Float32Array.from({ length }, (_, index) => Math.sin(2 * Math.PI * cyclesPerSample * index))

function largestDifference(actual: Float32Array, expected: Float32Array, margin: number): number {
  return actual
    .subarray(margin, -margin)
    .reduce((most, sample, index) => Math.max(most, Math.abs(sample - (expected[index + margin] ?? 0))), 0)
}

t.test('what is below both bands stays where it is', (t) => {
  for (const sourceHz of [22_050, 24_000, 48_000]) {
    const heard = resample(tone(sourceHz / 2, 1000 / sourceHz), sourceHz, 16_000)
    t.equal(heard.length, 8000)
    t.ok(largestDifference(heard, tone(8000, 1000 / 16_000), 50) < 1e-3, `${sourceHz} Hz`)
  }
  t.end()
})

t.test('what is above the lower band is gone', (t) => {
  const heard = resample(tone(12_000, 9000 / 24_000), 24_000, 16_000)
  t.ok(largestDifference(heard, new Float32Array(8000), 50) < 1e-3)
  t.end()
})

t.test('the last samples are not lost', (t) => {
  const samples = new Float32Array(24_001)
  samples[24_000] = 1
  const heard = resample(samples, 24_000, 16_000)
  t.equal(heard.length, 16_001)
  t.ok((heard.at(-1) ?? 0) > 0.6)
  t.end()
})

t.test('the same rate leaves samples as they are', (t) => {
  const samples = tone(100, 0.1)
  t.equal(resample(samples, 16_000, 16_000), samples)
  t.end()
})
