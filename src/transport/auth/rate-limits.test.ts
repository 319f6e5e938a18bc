import t from 'tap'
import { Places, RateLimit } from './rate-limits.ts'

t.test('so many in a time, refilled steadily', async (t) => {
  let now = 1000
  const limit = new RateLimit({ max: 3, perMs: 600 }, () => now)
  t.same([limit.take('a'), limit.take('a'), limit.take('a')], [0, 0, 0])
  t.equal(limit.take('a'), 200)
  t.equal(limit.take('b'), 0, 'another has its own')
  now += 150
  t.equal(limit.take('a'), 50)
  now += 50
  t.equal(limit.take('a'), 0)
  t.equal(limit.take('a'), 200)
  now += 10_000
  t.same([limit.take('a'), limit.take('a'), limit.take('a')], [0, 0, 0])
  t.equal(limit.take('a'), 200, 'what was not used is not saved up')
})

t.test('a large amount overdraws it once', async (t) => {
  let now = 0
  const limit = new RateLimit({ max: 10, perMs: 1000 }, () => now)
  t.equal(limit.take('a', 25), 0)
  t.equal(limit.take('a', 1), 1600)
  now = 1600
  t.equal(limit.take('a', 1), 0)
})

t.test('many small amounts add up, whatever rounding does', async (t) => {
  const limit = new RateLimit({ max: 7, perMs: 1000 }, () => 0.1)
  let granted = 0
  while (limit.take('a', 0.1) === 0) granted++
  t.ok(granted >= 60 && granted <= 70, `${granted} tenths of 7`)
})

t.test('without a limit nothing is kept', async (t) => {
  const limit = new RateLimit({ max: Infinity, perMs: 1000 })
  t.equal(limit.take('a', 1e9), 0)
  t.equal(limit.size, 0)
})

t.test('a hundred thousand clients take bounded memory', async (t) => {
  const limit = new RateLimit({ max: 2, perMs: 60_000 }, () => 0)
  for (let client = 0; client < 100_000; client++) limit.take(String(client))
  t.ok(limit.size <= 10_000)
  t.equal(limit.take('99999'), 0)
  t.ok(limit.take('99999') > 0, 'the latest are remembered')
})

t.test('places', async (t) => {
  const places = new Places()
  const take = (key: string): boolean => places.take(key, 2)
  t.same([take('a'), take('a'), take('a'), take('b')], [true, true, false, true])
  places.leave('a')
  t.ok(take('a'))
})
