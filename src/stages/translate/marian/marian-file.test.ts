import t from 'tap'
import {
  configTensor,
  float32Type,
  intgemm8Type,
  writeMarianFile,
} from '../../../../test/fixtures/marian-student.ts'
import { modelDir } from '../../../../test/models.ts'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeModel } from '../../../models/onnx/model.ts'
import { readMarianFile } from './marian-file.ts'

function int8Data(values: readonly number[], quantMult: number): Uint8Array {
  const data = new Uint8Array(values.length + 4)
  data.set(Uint8Array.from(values))
  new DataView(data.buffer).setFloat32(values.length, quantMult, true)
  return data
}

const matrix = {
  name: 'encoder_W',
  type: intgemm8Type,
  shape: [2, 3],
  data: int8Data([1, 4, 2, 5, -3, 6], 8),
}
const config = configTensor('type: transformer\n')

t.test('matrices are stored transposed, embedding tables are not', (t) => {
  const { tensors, configText } = readMarianFile(
    writeMarianFile([matrix, { ...matrix, name: 'decoder_Wemb' }, config]),
  )
  t.equal(configText, 'type: transformer\n')
  t.match(tensors.get('encoder_W'), { shape: [2, 3], quantMult: 8 })
  t.same(Array.from(tensors.get('encoder_W')?.values ?? []), [1, 2, -3, 4, 5, 6])
  t.same(Array.from(tensors.get('decoder_Wemb')?.values ?? []), [1, 4, 2, 5, -3, 6])
  t.end()
})

t.test('float32 tensors keep their values', (t) => {
  const bias = {
    name: 'b',
    type: float32Type,
    shape: [1, 2],
    data: new Uint8Array(Float32Array.of(0.5, -2).buffer),
  }
  // A Buffer from a pool, as readFile gives for small files: its memory starts before the file.
  const pooled = Buffer.concat([Buffer.alloc(3), writeMarianFile([bias, config])]).subarray(3)
  t.same(Array.from(readMarianFile(pooled).tensors.get('b')?.values ?? []), [0.5, -2])
  t.end()
})

t.test('what cannot be read is named', (t) => {
  const good = writeMarianFile([matrix, config])
  const wrong = { code: 'ERR_MODEL_FORMAT' }
  for (const length of [0, 7, 40, 120, good.length - 1]) {
    t.throws(
      () => readMarianFile(good.subarray(0, length)),
      { ...wrong, message: /cut off/ },
      `${length} bytes`,
    )
  }
  const zip = new Uint8Array(good)
  zip.set([0x50, 0x4b, 3, 4])
  t.throws(() => readMarianFile(zip), { ...wrong, message: /version 1 is supported, .npz is not/ })
  const manyTensors = new Uint8Array(good)
  manyTensors.fill(0xff, 8, 14)
  t.throws(() => readMarianFile(manyTensors), { ...wrong, message: /cut off/ })
  t.throws(() => readMarianFile(writeMarianFile([matrix])), { ...wrong, message: /no special:model.yml/ })
  for (const [type, name] of [
    [0x4102, /intgemm16/],
    [0x0801, /fbgemm packed 8-bit/],
    [0x7777, /0x7777/],
  ] as const) {
    const other = writeMarianFile([{ ...matrix, type }, config])
    t.throws(() => readMarianFile(other), { ...wrong, message: name })
    t.throws(() => readMarianFile(other), { message: /encoder_W is .*supported are intgemm8/ })
  }
  t.throws(() => readMarianFile(writeMarianFile([{ ...matrix, shape: [200, 300] }, config])), {
    message: /too few for its shape 200 x 300/,
  })
  t.end()
})

t.test('a real file keeps its weights', async (t) => {
  const encoder = decodeModel(await readFile(join(modelDir('marian-en-pt'), 'encoder.onnx')))
  const values = (name: string): Uint8Array => {
    const tensor = encoder.initializers.find((initializer) => initializer.name === name)
    return Uint8Array.from(tensor?.data ?? [])
  }
  // Figures of an independent reader. Weights are uint8 around 128 in the graph, embeddings int8.
  t.same(
    Array.from(values('encoder_l1_self_Wq').subarray(0, 4), (value) => value - 128),
    [-1, 2, 0, -4],
  )
  const [scale] = new Float32Array(values('encoder_l1_self_Wq_quant_scale').buffer)
  t.ok(Math.abs(1 / (scale ?? 0) - 232.273224) < 1e-4)
  const [tableScale] = new Float32Array(values('target_scale').buffer)
  const row = new Int8Array(values('Wemb').buffer).subarray(4 * 256, 4 * 256 + 4)
  for (const [index, expected] of [0.149516, -0.130014, -0.045505, -0.045505].entries()) {
    t.ok(Math.abs((row[index] ?? NaN) * (tableScale ?? NaN) - expected) < 1e-6)
  }
})
