import { join } from 'node:path'
import { Tensor } from 'onnxruntime-node'
import t, { type Test } from 'tap'
import { createSession } from '../session.ts'
import { MergedDecoder, type MergedDecoding } from './merged-decoder.ts'

const dir = join(import.meta.dirname, '../../../test/fixtures/m2m100')
const encoder = await createSession(join(dir, 'encoder_model.onnx'), { threads: 1 })
const decoder = await MergedDecoder.load(join(dir, 'decoder_model_merged.onnx'), { threads: 1 })
t.teardown(() => Promise.all([encoder.release(), decoder.release()]))

/** Rows of the same length. */
async function start(...rows: readonly (readonly number[])[]): Promise<MergedDecoding> {
  const dims = [rows.length, rows[0]?.length ?? 0]
  const inputIds = new Tensor('int64', BigInt64Array.from(rows.flat(), BigInt), dims)
  const attentionMask = new Tensor(
    'int64',
    BigInt64Array.from(rows.flat(), (id) => (id === 1 ? 0n : 1n)),
    dims,
  )
  const { last_hidden_state: hiddenStates } = await encoder.run({
    input_ids: inputIds,
    attention_mask: attentionMask,
  })
  return decoder.start({ hiddenStates: hiddenStates as Tensor, attentionMask })
}

/** The last logits of each row. */
async function lastLogits(decoding: MergedDecoding, tokens: number[][]): Promise<Float32Array[]> {
  const { data, dims } = await decoding.read(tokens)
  const [batch = 0, count = 0, size = 0] = dims
  return Array.from({ length: batch }, (_, row) =>
    (data as Float32Array).slice((row * count + count - 1) * size, (row + 1) * count * size),
  )
}

function near(t: Test, actual: Float32Array | undefined, expected: Float32Array | undefined, name: string) {
  const most = Math.max(...(actual ?? []).map((value, index) => Math.abs(value - (expected?.[index] ?? NaN))))
  t.ok(most < 1e-4, `${name}: ${most}`)
}

const [first, second] = [
  [539, 58, 129, 507, 2],
  [540, 200, 201, 202, 2],
]
const text = [2, 592, 17, 321, 17, 235]

t.test('what the graph says of itself', (t) => {
  t.equal(decoder.vocabularySize, 629)
  t.equal(decoder.layers, 2)
  t.end()
})

t.test('tokens one by one, some together, all at once', async (t) => {
  const [expected] = await lastLogits(await start(first), [text])
  const oneByOne = await start(first)
  let logits
  for (const token of text) [logits] = await lastLogits(oneByOne, [[token]])
  near(t, logits, expected, 'one by one')
  t.equal(oneByOne.length, text.length)

  const together = await start(first)
  await together.read([text.slice(0, 2)])
  const dims = (await together.read([text.slice(2, 5)])).dims
  t.same(dims, [1, 3, 629], 'logits after each token')
  ;[logits] = await lastLogits(together, [text.slice(5)])
  near(t, logits, expected, 'some together')
})

t.test('forgotten tokens leave no trace', async (t) => {
  const [expected] = await lastLogits(await start(first), [text])
  const decoding = await start(first)
  await decoding.read([text.slice(0, 3)])
  await decoding.read([[400, 401]])
  decoding.truncate(3)
  t.equal(decoding.length, 3)
  const [logits] = await lastLogits(decoding, [text.slice(3)])
  near(t, logits, expected, 'after truncate')
})

t.test('a batch with padding', async (t) => {
  const short = first.slice(0, 3)
  const expected = await Promise.all(
    [short, second].map(async (ids) => (await lastLogits(await start(ids), [text]))[0]),
  )
  const batch = await start([...short, 1, 1], second)
  const logits = await lastLogits(batch, [text, text])
  near(t, logits[0], expected[0], 'padded')
  near(t, logits[1], expected[1], 'full')
})

t.test('rows are reordered, repeated and dropped', async (t) => {
  const expectedOf = async (ids: number[], tokens: number[]) =>
    (await lastLogits(await start(ids), [tokens]))[0]
  const decoding = await start(first, second)
  await decoding.read([
    [2, 592],
    [2, 610],
  ])
  decoding.reorder([1, 0, 1])
  const logits = await lastLogits(decoding, [[17], [18], [19]])
  near(t, logits[0], await expectedOf(second, [2, 610, 17]), 'row 0')
  near(t, logits[1], await expectedOf(first, [2, 592, 18]), 'row 1')
  near(t, logits[2], await expectedOf(second, [2, 610, 19]), 'row 2')
  decoding.reorder([2, 1, 0])
  decoding.reorder([0])
  near(t, (await lastLogits(decoding, [[20]]))[0], await expectedOf(second, [2, 610, 19, 20]), 'the last')
})

t.test('another graph is refused', async (t) => {
  await t.rejects(MergedDecoder.load(join(dir, 'encoder_model.onnx'), { threads: 1 }), {
    code: 'ERR_MODEL_FORMAT',
    message: /encoder_model\.onnx is no merged decoder by optimum: it has no encoder_hidden_states/,
  })
})
