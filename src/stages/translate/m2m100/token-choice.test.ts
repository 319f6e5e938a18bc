import t from 'tap'
import { likeliest, logSumExp } from './token-choice.ts'

t.test('only words and the end are chosen', (t) => {
  const choice = { end: 2, limit: 6, excluded: [0, 1, 3] }
  t.equal(likeliest(Float32Array.of(9, 9, 1, 9, 4, 5, 9), choice), 5)
  t.equal(likeliest(Float32Array.of(9, 9, 7, 9, 4, 5, 9), choice), 2)
  t.equal(likeliest(Float32Array.of(0, 0, 0, 0, 4, 4), choice), 4, 'the first of equal ones')
  t.equal(likeliest(new Float32Array(7).fill(NaN), choice), 2, 'no number ends the text')
  t.end()
})

t.test('the sum over all ids', (t) => {
  t.ok(Math.abs(logSumExp(Float32Array.of(1, 2, 3)) - 3.40760596) < 1e-6)
  t.ok(Math.abs(logSumExp(Float32Array.of(1000, 1000)) - 1000.69314718) < 1e-6)
  t.end()
})
