import t from 'tap'
import { createRandom } from '../seeded-random.ts'
import { sum } from '../statistics.ts'
import { bootstrapSpread } from './spread.ts'

const mean = (values: readonly number[]): number => sum(values) / values.length

t.test('the spread of a mean is what the textbook says', async (t) => {
  const random = createRandom(7)
  const values = Array.from({ length: 400 }, () => random())
  // A uniform distribution has the deviation 1 / sqrt(12), its mean of 400 that over 20.
  const expected = (1.96 * Math.sqrt(1 / 12)) / 20
  t.ok(Math.abs((bootstrapSpread(values, mean) ?? 0) / expected - 1) < 0.1)
})

t.test('it is the same each time, and nothing of one value', async (t) => {
  t.equal(bootstrapSpread([1, 2, 3], mean), bootstrapSpread([1, 2, 3], mean))
  t.equal(bootstrapSpread([1, 1, 1], mean), 0)
  t.equal(bootstrapSpread([1], mean), undefined)
})
