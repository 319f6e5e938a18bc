import t from 'tap'
import {
  goldenMaxLength,
  goldenSmall100Translations,
  goldenTranslations,
  importM2m100,
} from '../../../../test/fixtures/m2m100.ts'
import { searchBeams } from './beam-search.ts'
import { decodeGreedily } from './greedy.ts'
import { lastRows } from './last-rows.ts'
import { M2m100Model } from './model.ts'
import { type TokenChoice, wordsOnly } from './token-choice.ts'

const model = await M2m100Model.load(await importM2m100(t), { threads: 1 })
t.teardown(() => model.close())
const rows = await goldenTranslations()

const words = wordsOnly(model.description)
/** As transformers chooses when nobody tells it otherwise. */
const anything: TokenChoice = { end: words.end, limit: Infinity, excluded: [] }
const limit = { maxLength: goldenMaxLength, loopsAfter: Infinity }
const signal = { aborted: false }

function startOf({ source, target }: { source: string; target: string }): readonly number[] {
  return model.direction(source, target)?.targetStart ?? []
}

/** The ids between the start and the end, where there is one. */
function between(ids: readonly number[]): readonly number[] {
  return ids.slice(2, ids.at(-1) === words.end ? -1 : undefined)
}

t.test('logits are those of the reference', async (t) => {
  const compared = rows.flatMap(({ sourceIds, logits }) => (logits ? [{ sourceIds, logits }] : []))
  t.equal(compared.length, 20)
  for (const { sourceIds, logits } of compared) {
    const decoding = await model.encode([sourceIds])
    const [actual] = lastRows(await decoding.read([logits.after]))
    const most = Math.max(
      ...logits.every20th.map((value, index) => Math.abs(value - (actual?.[index * 20] ?? NaN))),
    )
    t.ok(most < 1e-3, `${most}`)
  }
})

for (const [choice, name] of [
  [anything, 'of any ids'],
  [words, 'of words'],
] as const) {
  t.test(`greedy translations ${name} are those of the reference`, async (t) => {
    for (const row of rows) {
      const expected = choice === words ? (row.greedyWords ?? row.greedy) : row.greedy
      const decoding = await model.encode([row.sourceIds])
      const result = await decodeGreedily(decoding, [limit], { start: startOf(row), choice, signal })
      t.same(result, [between(expected)])
    }
  })

  t.test(`translations ${name} with 5 beams are those of the reference`, async (t) => {
    for (const row of rows) {
      const expected = choice === words ? (row.beam5Words ?? row.beam5) : row.beam5
      const decoding = await model.encode([row.sourceIds])
      const { maxLength } = limit
      const result = await searchBeams(decoding, { start: startOf(row), choice, beams: 5, maxLength, signal })
      t.same(result, between(expected))
    }
  })
}

t.test('a batch gives what its sentences give alone', async (t) => {
  for (const target of new Set(rows.map((row) => row.target))) {
    const batch = rows.filter((row) => row.target === target)
    const decoding = await model.encode(batch.map(({ sourceIds }) => sourceIds))
    const limits = batch.map(() => limit)
    const results = await decodeGreedily(decoding, limits, {
      start: startOf({ source: 'en', target }),
      choice: anything,
      signal,
    })
    t.same(
      results,
      batch.map(({ greedy }) => between(greedy)),
      `${batch.length} into ${target}`,
    )
  }
})

t.test('as a SMaLL-100 it does what the reference does', async (t) => {
  const small = await M2m100Model.load(await importM2m100(t, { flavour: 'small100' }), { threads: 1 })
  t.teardown(() => small.close())
  for (const row of await goldenSmall100Translations()) {
    const direction = small.direction(row.source, row.target)
    const { sourceStart = [], targetStart: start = [] } = direction ?? {}
    t.same([...sourceStart, ...small.tokenizer.encode(row.text), words.end], row.sourceIds)
    const options = { start, choice: anything, signal }
    const withoutEnds = (ids: readonly number[]): readonly number[] =>
      ids.slice(1, ids.length < goldenMaxLength ? -1 : undefined)
    const greedy = await decodeGreedily(await small.encode([row.sourceIds]), [limit], options)
    t.same(greedy, [withoutEnds(row.greedy)])
    const beamOptions = { ...options, beams: 5, maxLength: goldenMaxLength }
    const beams = await searchBeams(await small.encode([row.sourceIds]), beamOptions)
    t.same(beams, withoutEnds(row.beam5))
  }
})

t.test('one beam is greedy', async (t) => {
  for (const row of rows.slice(0, 20)) {
    const decoding = await model.encode([row.sourceIds])
    const options = { start: startOf(row), choice: anything, beams: 1, maxLength: goldenMaxLength, signal }
    t.same(await searchBeams(decoding, options), between(row.greedy))
  }
})

t.test('every row has its own limit', async (t) => {
  const [first, second] = rows.filter(({ greedy }) => greedy.length === goldenMaxLength)
  if (!first || !second) throw new Error('two sentences that do not end are needed')
  const decoding = await model.encode([first.sourceIds, second.sourceIds])
  const limits = [
    { maxLength: 7, loopsAfter: Infinity },
    { maxLength: 12, loopsAfter: Infinity },
  ]
  const options = { start: startOf(first), choice: anything, signal }
  const results = await decodeGreedily(decoding, limits, options)
  t.same(
    results?.map(({ length }) => length),
    [5, 10],
  )
})

t.test('a loop ends a translation that is longer than its source', async (t) => {
  const looping = rows.find(({ greedy }) => new Set(greedy.slice(-8)).size === 1)
  if (!looping) throw new Error('a sentence that loops is needed')
  const translate = async (loopsAfter: number): Promise<number[]> => {
    const decoding = await model.encode([looping.sourceIds])
    const options = { start: startOf(looping), choice: anything, signal }
    const result = await decodeGreedily(decoding, [{ maxLength: goldenMaxLength, loopsAfter }], options)
    return result?.[0] ?? []
  }
  const whole = between(looping.greedy)
  const cut = await translate(0)
  t.ok(cut.length < whole.length - 5, `${cut.length} of ${whole.length}`)
  t.same(cut, whole.slice(0, cut.length))
  t.same(await translate(whole.length), whole)
})

t.test('both stop before the next step once they are cancelled', async (t) => {
  const [row] = rows
  if (!row) throw new Error('no rows')
  const cancelledAfter = (steps: number): { polls: number; readonly aborted: boolean } => ({
    polls: 0,
    get aborted() {
      return ++this.polls > steps
    },
  })
  const options = { start: startOf(row), choice: anything }
  const greedy = cancelledAfter(2)
  t.equal(
    await decodeGreedily(await model.encode([row.sourceIds]), [limit], { ...options, signal: greedy }),
    undefined,
  )
  t.equal(greedy.polls, 3)
  const beams = cancelledAfter(2)
  const beamOptions = { ...options, beams: 5, maxLength: goldenMaxLength, signal: beams }
  t.equal(await searchBeams(await model.encode([row.sourceIds]), beamOptions), undefined)
  t.equal(beams.polls, 3)
})
