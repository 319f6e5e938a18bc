import t from 'tap'
import type { HeardClause } from './listener.ts'
import { findTrend, measureLags } from './talk-lag.ts'

function clause(segment: number, text: string, playedAt: number): HeardClause {
  return { segment, text, arrivedAt: playedAt, soundsAt: undefined, playedAt }
}

t.test('a clause is late by what passed since its share of the words', async (t) => {
  const spans = [
    { segment: 1, startMs: 0, endMs: 4000 },
    { segment: 2, startMs: 5000, endMs: 6000 },
  ]
  const clauses = [clause(1, 'abc', 1004_500), clause(2, 'abcd', 1007_000), clause(1, 'a', 1005_000)]
  t.same(measureLags(spans, clauses, 1000_000), [
    { segment: 1, text: 'abc', saidMs: 3000, lagMs: 1500 },
    { segment: 1, text: 'a', saidMs: 4000, lagMs: 1000 },
    { segment: 2, text: 'abcd', saidMs: 6000, lagMs: 1000 },
  ])
})

t.test('the trend compares the first two minutes with the last two', async (t) => {
  const lags = Array.from({ length: 11 }, (_, minute) => ({
    segment: minute,
    text: '',
    saidMs: minute * 60_000,
    lagMs: 2000 + 100 * minute,
  }))
  t.same(findTrend(lags, 600_000), { firstMs: 2100, lastMs: 2900, slopeMsPerMinute: 100 })
})
