import t from 'tap'
import { decodeFloat16, encodeFloat16 } from './float16.ts'

t.test('every half survives being decoded and encoded', (t) => {
  const all = Uint16Array.from({ length: 65536 }, (_, bits) => bits)
  const isNaNBits = (bits: number): boolean => (bits & 0x7c00) === 0x7c00 && (bits & 0x3ff) !== 0
  const again = encodeFloat16(decodeFloat16(all))
  t.same(
    all.filter((bits, index) => !isNaNBits(bits) && again[index] !== bits),
    [],
  )
  t.ok(all.filter(isNaNBits).every((bits) => isNaNBits(again[bits] ?? 0)))
  t.end()
})

t.test('values in between are rounded to the nearest, ties to even', (t) => {
  const round = (...values: number[]): number[] => [
    ...decodeFloat16(encodeFloat16(Float32Array.from(values))),
  ]
  t.same(round(1 + 2 ** -11, 1 + 3 * 2 ** -11, 1 + 2 ** -11 + 2 ** -20), [1, 1 + 2 ** -9, 1 + 2 ** -10])
  t.same(round(-(2 ** -25), 1.5 * 2 ** -24, 2 ** -25 + 2 ** -40), [-0, 2 ** -23, 2 ** -24], 'subnormal')
  t.same(round(65519, 65520, -1e9), [65504, Infinity, -Infinity])
  t.same(round(2 ** -14 - 2 ** -26), [2 ** -14], 'up to the smallest normal')
  t.end()
})

t.test('a part of an array is encoded alone', (t) => {
  t.same([...encodeFloat16(Float32Array.of(1, 2, 0.5).subarray(1))], [0x4000, 0x3800])
  t.end()
})
