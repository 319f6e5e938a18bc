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
  t.throws(() => file.floats('odd'), /odd is int8/)
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
})
