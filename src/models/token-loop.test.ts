import t from 'tap'
import { lengthBeforeLoop } from './token-loop.ts'

t.test('loops are cut to one round, what people say twice is not', (t) => {
  t.equal(lengthBeforeLoop([9, 1, 2, 3, 1, 2, 3, 1, 2, 3]), 4)
  t.equal(lengthBeforeLoop([9, 1, 2, 3, 1, 2, 3]), undefined)
  t.equal(lengthBeforeLoop([9, 7, 7, 7, 7, 7, 7]), 2)
  t.equal(lengthBeforeLoop([9, 7, 7, 7, 7, 7]), undefined)
  t.equal(lengthBeforeLoop([]), undefined)
  t.end()
})
