import t from 'tap'
import { compareAll, drawRatios, type Measure, toFigures, toTable } from './comparison.ts'

const total: Measure<number> = {
  ...{ name: 'time', key: 'time', unit: 's', better: 'lower', digits: 1 },
  of: (items) => items.reduce((sum, item) => sum + item, 0),
}
const contest = { task: 'Counting', key: 'count', unit: 'clips', measures: [total] }
const ours = { name: 'us', items: [1, 2, 3, 4] }

t.test('the ratio is of ours by theirs, and its spread of pairs', (t) => {
  const twice = { name: 'twice as slow (beam 5)', items: [2, 4, 6, 8] }
  const uneven = { name: 'uneven', items: [4, 3, 2, 1] }
  const [first, second] = compareAll({ ...contest, ours, peers: [twice, uneven] })
  t.match(first, { ours: 10, theirs: 20, ratio: 0.5, sample: '4 clips', peer: twice.name })
  t.equal(first?.spread, 0, 'each pair says the same, however much the items differ')
  t.match(second, { ratio: 1 })
  t.ok((second?.spread ?? 0) > 0.3)
  t.same(toFigures(first ? [first] : []), {
    'count/twice_as_slow_beam_5_/time_ratio': { value: 0.5, unit: '', better: 'lower', spread: 0 },
  })
  t.end()
})

t.test('without a peer, or with nothing to divide by, there is our value and no ratio', (t) => {
  const [alone] = compareAll({ ...contest, ours, peers: [] })
  t.match(alone, { ours: 10, peer: undefined, theirs: undefined, ratio: undefined })
  t.same(toFigures(alone ? [alone] : []), { 'count/time': { value: 10, unit: 's', better: 'lower' } })
  const [faultless] = compareAll({ ...contest, ours, peers: [{ name: 'p', items: [0, 0, 0, 0] }] })
  t.match(faultless, { theirs: 0, ratio: undefined, spread: undefined })
  t.same(compareAll({ ...contest, ours: { name: 'us', items: [NaN] }, peers: [] }), [])
  t.equal(drawRatios([]), undefined)
  t.equal(
    toTable([alone, faultless].filter((row) => row !== undefined)),
    `Counting, 4 clips; ours is us

| peer | measure | ours | theirs | ours : theirs |
| --- | --- | --- | --- | ---: |
| – | time, s | 10.0 | – | – |
| p | time, s | 10.0 | 0.0 | – |
`,
  )
  t.end()
})

t.test('the chart has a bar for each ratio, in percent', (t) => {
  const rows = compareAll({ ...contest, ours, peers: [{ name: 'slow', items: [2, 4, 6, 8] }] })
  t.match(drawRatios(rows), /Counting, 4 clips, beside slow[^]*50\.0 %/)
  t.end()
})
