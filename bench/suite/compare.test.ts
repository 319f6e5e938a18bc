import t from 'tap'
import { compareLast, formatComparison } from './compare.ts'
import type { HistoryEntry } from './history.ts'

const entry = (commit: string, value: number, more: Partial<HistoryEntry> = {}): HistoryEntry => ({
  ...{
    bench: 'latency',
    commit,
    date: '2030-01-02T03:04:05Z',
    machine: 'two cores',
    params: { trials: '40' },
  },
  figures: { p50: { value, unit: 'ms', better: 'lower', spread: 3 } },
  ...more,
})

t.test('the last entry is held against the one before that was measured in the same way', async (t) => {
  const history = [
    entry('a', 300),
    entry('b', 310),
    entry('b', 900, { machine: 'another' }),
    entry('b', 200, { params: { trials: '4' } }),
    entry('c', 330),
  ]
  const [comparison, ...others] = compareLast(history)
  t.equal(others.length, 0, 'what was measured once cannot be compared')
  t.match(comparison, { before: { commit: 'b' }, after: { commit: 'c' } })
  t.match(comparison?.changes, [{ before: 310, after: 330, verdict: 'worse' }])
})

t.test('a change counts only where it is larger than the noise', async (t) => {
  const verdict = (before: number, after: number, more: Partial<HistoryEntry> = {}): string | undefined =>
    compareLast([entry('a', before, more), entry('b', after)])[0]?.changes[0]?.verdict
  t.equal(verdict(300, 304), 'within the noise', 'each is off by 3, their difference by 4.2')
  t.equal(verdict(300, 305), 'worse')
  t.equal(verdict(300, 295), 'better')
  t.equal(verdict(300, 300), 'the same')
  t.equal(verdict(0, 300, { figures: { p50: { value: 299, unit: 'ms', better: 'lower' } } }), 'unknown noise')
  const more = { figures: { p50: { value: 9, unit: '', better: 'higher', spread: 1 } } } as const
  const [bleu] = compareLast([
    entry('a', 0, more),
    entry('b', 0, { figures: { p50: { ...more.figures.p50, value: 20 } } }),
  ])
  t.equal(bleu?.changes[0]?.verdict, 'better', 'more may be better')
})

t.test('it is printed as a table', async (t) => {
  const [comparison] = compareLast([entry('a', 300), entry('b', 310.04)])
  t.equal(
    comparison && formatComparison(comparison),
    `latency: b (2030-01-02) beside a (2030-01-02)
two cores; trials 40

| figure | before | now | change | noise |  |
| --- | ---: | ---: | --- | --- | --- |
| p50, ms | 300 | 310 | +10 | ± 4.2 | worse |
`,
  )
})
