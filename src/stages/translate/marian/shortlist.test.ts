import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { writeShortlist } from '../../../../test/fixtures/marian-student.ts'
import { modelDir } from '../../../../test/models.ts'
import { goldenRows } from '../../../../test/fixtures/marian-golden-rows.ts'
import { Shortlist } from './shortlist.ts'

t.test('the sets of the golden rows', async (t) => {
  for (const [pair, rows] of Object.entries(await goldenRows())) {
    const bytes = await readFile(join(modelDir(`marian-${pair}`), 'shortlist.bin'))
    const shortlist = new Shortlist(bytes, 32_000, 32_000)
    for (const row of rows) {
      const ids = shortlist.select(row.sourceIds)
      t.equal(ids.length, row.shortlistLength, row.source)
      t.equal(
        ids.reduce((sum, id) => sum + id, 0),
        row.shortlistSum,
        row.source,
      )
    }
  }
})

t.test('first words, related words and a multiple of eight, ascending', (t) => {
  const bytes = writeShortlist(40, 3, (id) => (id === 5 ? [30, 2, 20] : id === 6 ? [20, 39] : []))
  const shortlist = new Shortlist(bytes, 40, 40)
  t.same(Array.from(shortlist.select([5, 6, 5])), [0, 1, 2, 3, 4, 20, 30, 39])
  t.same(Array.from(shortlist.select([])), [0, 1, 2, 3, 4, 5, 6, 7])
  t.end()
})

t.test('a shortlist of another model is refused', (t) => {
  const bytes = writeShortlist(40, 3, () => [39])
  const wrong = (message: RegExp) => ({ code: 'ERR_MODEL_FORMAT', message })
  t.throws(() => new Shortlist(bytes, 41, 41), wrong(/for 40 source words, the model has 41/))
  t.throws(() => new Shortlist(bytes, 40, 39), wrong(/beyond the 39/))
  t.throws(() => new Shortlist(bytes.subarray(0, 100), 40, 40), wrong(/cut off/))
  t.throws(() => new Shortlist(new Uint8Array(100), 40, 40), wrong(/not a binary lexical shortlist/))
  t.end()
})
