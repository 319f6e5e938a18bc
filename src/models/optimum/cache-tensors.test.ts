import { Tensor } from 'onnxruntime-node'
import t from 'tap'
import { selectRows, toFloat32, truncatePositions } from './cache-tensors.ts'

t.test('rows', (t) => {
  const mask = new Tensor('int64', BigInt64Array.of(1n, 2n, 3n, 4n), [2, 2])
  t.match(selectRows(mask, [1, 1, 0]), { dims: [3, 2], data: BigInt64Array.of(3n, 4n, 3n, 4n, 1n, 2n) })
  t.end()
})

t.test('positions of half precision', (t) => {
  const cache = new Tensor('float16', Uint16Array.of(1, 2, 3, 4, 5, 6, 7, 8), [1, 2, 2, 2])
  const kept = truncatePositions(cache, 1)
  t.same(
    [kept.type, [...kept.dims], [...(kept.data as Uint16Array)]],
    ['float16', [1, 2, 1, 2], [1, 2, 5, 6]],
  )
  t.end()
})

t.test('half precision is widened, and nothing else', (t) => {
  const half = new Tensor('float16', Uint16Array.of(0x3c00, 0xc000), [2])
  t.same([...(toFloat32(half).data as Float32Array)], [1, -2])
  const full = new Tensor('float32', Float32Array.of(1), [1])
  t.equal(toFloat32(full), full)
  t.end()
})
