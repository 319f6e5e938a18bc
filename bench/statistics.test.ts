import t from 'tap'
import { quantile, quantiles, rounded, slope } from './statistics.ts'

t.test('quantiles lie between values', async (t) => {
  t.equal(quantile([3, 1, 2], 0.5), 2)
  t.equal(quantile([10, 20], 0.25), 12.5)
  t.same(quantiles(Array.from({ length: 101 }, (_, index) => index)), { p50: 50, p95: 95, p99: 99 })
  t.ok(Number.isNaN(quantile([], 0.5)))
})

t.test('the slope is that of the line through the points', async (t) => {
  const line = [0, 1, 2, 5].map((x) => ({ x, y: 7 - 3 * x }))
  t.equal(slope(line), -3)
  t.equal(
    slope([
      { x: 0, y: 0 },
      { x: 1, y: 2 },
      { x: 2, y: 2 },
    ]),
    1,
  )
  t.ok(Number.isNaN(slope([{ x: 1, y: 1 }])))
})

t.test('what is no number leaves a table empty', async (t) => {
  t.equal(rounded(1.256, 2), 1.26)
  t.equal(rounded(NaN), undefined)
})
