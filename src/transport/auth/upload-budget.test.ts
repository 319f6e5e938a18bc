import t from 'tap'
import { UploadBudget } from './upload-budget.ts'

const full = { code: 'ERR_OVERLOADED' }

t.test('one client gets a quarter, all together the whole', async (t) => {
  const budget = new UploadBudget(400)
  const first = budget.open(['a'])
  first.add(60)
  t.throws(() => budget.open(['a']).add(50), { ...full, message: /your requests/ })
  budget.open(['a']).add(40)
  for (const client of ['b', 'c', 'd']) budget.open([client]).add(100)
  t.equal(budget.bytes, 400)
  t.throws(() => budget.open(['e']).add(1), { ...full, message: /many others/ })
  first.release()
  first.release()
  t.equal(budget.bytes, 340, 'what is given back twice counts once')
  budget.open(['e']).add(60)
})

t.test('an address and a token share each with themselves', async (t) => {
  const budget = new UploadBudget(400)
  budget.open(['address a', 'token t']).add(100)
  t.throws(() => budget.open(['address b', 'token t']).add(1), full)
  t.throws(() => budget.open(['address a', 'token u']).add(1), full)
  budget.open(['address b', 'token u']).add(100)
})

t.test('who has no key has the room of all', async (t) => {
  const budget = new UploadBudget(400)
  const upload = budget.open([])
  upload.add(400)
  t.throws(() => upload.add(1), full)
  upload.release()
  t.equal(budget.bytes, 0)
})
