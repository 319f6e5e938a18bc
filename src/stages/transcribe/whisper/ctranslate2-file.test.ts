import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import {
  type Ctranslate2Variable,
  encodeCtranslate2,
  floatVariable,
  integerVariable,
} from '../../../../test/fixtures/ctranslate2-whisper.ts'
import { Ctranslate2File } from './ctranslate2-file.ts'

function halves(type: 'float16' | 'bfloat16', ...bits: number[]): Ctranslate2Variable {
  return { name: type, dims: [bits.length], type, data: new Uint8Array(Uint16Array.from(bits).buffer) }
}

async function write(dir: string, bytes: Uint8Array): Promise<string> {
  const path = join(dir, 'model.bin')
  await writeFile(path, bytes)
  return path
}

t.test('values come back whatever type they are stored in', async (t) => {
  const bytes = encodeCtranslate2({
    variables: [
      integerVariable('odd', 3),
      floatVariable('weight', [2, 2], [1, -2, 0.5, 4]),
      halves('float16', 0x3c00, 0xc000, 0x0001, 0x7c00, 0x8000),
      halves('bfloat16', 0x3f80, 0xc0a0),
    ],
    aliases: { tied: 'weight' },
  })
  const file = new Ctranslate2File(await write(t.testdir(), bytes))
  t.teardown(() => file.close())
  t.equal(file.spec, 'WhisperSpec')
  t.equal(file.integer('odd'), 3)
  t.same(file.dims('tied'), [2, 2])
  t.same([...file.floats('tied')], [1, -2, 0.5, 4])
  t.same([...file.floats('float16')], [1, -2, 2 ** -24, Infinity, -0])
  t.same([...file.floats('bfloat16')], [1, -5])
  t.throws(() => file.floats('absent'), { code: 'ERR_MODEL_FORMAT', message: /no variable absent/ })
  t.throws(() => file.floats('odd'), /odd is int8 with 0 scales, .* --quantization float16/)
  t.same([...file.float16Bits('float16')], [0x3c00, 0xc000, 0x0001, 0x7c00, 0x8000], 'as it is stored')
  t.same([...file.float16Bits('weight')], [0x3c00, 0xc000, 0x3800, 0x4400], 'converted')
})

function integers(name: string, array: Int8Array | Int16Array | Int32Array): Ctranslate2Variable {
  const bits = 8 * array.BYTES_PER_ELEMENT
  const data = Uint8Array.from(new Uint8Array(array.buffer))
  return { name, dims: [2, array.length / 2], type: `int${bits}` as 'int8' | 'int16' | 'int32', data }
}

t.test('quantised weights are scaled back', async (t) => {
  const bytes = encodeCtranslate2({
    variables: [
      integers('rows/weight', Int8Array.of(127, -127, 64, 0)),
      floatVariable('rows/weight_scale', [2], [127, 32]),
      integers('whole/weight', Int16Array.of(1024, -512)),
      floatVariable('whole/weight_scale', [], [512]),
      integers('uneven/weight', Int8Array.of(1, 1)),
      floatVariable('uneven/weight_scale', [3], [1, 1, 1]),
      integers('packed/weight', Int32Array.of(1, 1)),
      floatVariable('packed/weight_scale', [], [1]),
    ],
    aliases: { 'tied/weight': 'rows/weight' },
  })
  const file = new Ctranslate2File(await write(t.testdir(), bytes))
  t.teardown(() => file.close())
  t.same([...file.floats('rows/weight')], [1, -1, 2, 0])
  t.same([...file.floats('tied/weight')], [1, -1, 2, 0], 'an alias has the scales of what it stands for')
  t.same([...file.floats('whole/weight')], [2, -1])
  t.throws(() => file.floats('uneven/weight'), { code: 'ERR_MODEL_FORMAT', message: /int8 with 3 scales/ })
  t.throws(() => file.floats('packed/weight'), {
    code: 'ERR_MODEL_FORMAT',
    message: /packed\/weight is int32/,
  })
})

t.test('variables larger than what is decoded at once come whole', async (t) => {
  const values = Array.from({ length: (1 << 20) + 3 }, (_, index) => index)
  const bytes = encodeCtranslate2({ variables: [floatVariable('large', [values.length], values)] })
  const file = new Ctranslate2File(await write(t.testdir(), bytes))
  t.teardown(() => file.close())
  t.ok(file.floats('large').every((value, index) => value === index))
})

t.test('variables larger than the reading window do not hide the next ones', async (t) => {
  const large = floatVariable('large', [5000], Array<number>(5000).fill(1))
  const bytes = encodeCtranslate2({ variables: [large, integerVariable('after', -4)] })
  const file = new Ctranslate2File(await write(t.testdir(), bytes))
  t.teardown(() => file.close())
  t.equal(file.integer('after'), -4)
})

t.test('files that are no model are named', async (t) => {
  const dir = t.testdir()
  const good = encodeCtranslate2({ variables: [floatVariable('weight', [2], [1, 2])] })
  const open = async (bytes: Uint8Array): Promise<unknown> => new Ctranslate2File(await write(dir, bytes))
  await t.rejects(open(good.subarray(0, good.length - 8)), { code: 'ERR_MODEL_FORMAT', message: /cut off/ })
  await t.rejects(open(Buffer.concat([good, Buffer.alloc(3)])), /3 bytes follow the end/)
  await t.rejects(open(encodeCtranslate2({ version: 5, variables: [] })), /version 6 \(it starts with 5\)/)
  await t.rejects(open(Buffer.alloc(0)), /cut off/)
  const short = { ...floatVariable('weight', [2], [1, 2]), dims: [3] }
  await t.rejects(open(encodeCtranslate2({ variables: [short] })), {
    code: 'ERR_MODEL_FORMAT',
    message: /weight has 8 bytes, 12 for float32 \[3\] are needed/,
  })
})
