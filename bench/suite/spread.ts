/** How far a figure would move if the same were measured again, by the bootstrap (B. Efron, 1979). */
import { createRandom } from '../seeded-random.ts'
import { quantile } from '../statistics.ts'

const resamples = 500

/**
 * @param statistic of as many items, drawn with replacement
 * @returns half the width of the 95 % interval; undefined of fewer than two items
 */
export function bootstrapSpread<Item>(
  items: readonly Item[],
  statistic: (sample: readonly Item[]) => number,
): number | undefined {
  if (items.length < 2) return undefined
  const random = createRandom(1)
  const values = Array.from({ length: resamples }, () =>
    statistic(items.map(() => items[Math.floor(random() * items.length)] as Item)),
  ).filter(Number.isFinite)
  return (quantile(values, 0.975) - quantile(values, 0.025)) / 2
}
