import { InferenceSession, Tensor } from 'onnxruntime-node'
import t from 'tap'
import { type StudentSize, randomStudent } from '../../../../test/fixtures/marian-student.ts'
import { readArchitecture } from './architecture.ts'
import { buildDecoderStep, buildEncoder } from './graphs.ts'
import { decodeGreedily } from './greedy.ts'
import { type Precision } from './layers.ts'
import { readMarianFile } from './marian-file.ts'
import { Weights } from './weights.ts'

const sourceIds = [9, 27, 14, 31, 14, 0]
const shortlist = Int32Array.from({ length: 24 }, (_, index) => 2 * index)

// The proportions of the published sizes, a tenth as wide.
const sizes: Record<string, StudentSize> = {
  tiny: { embedding: 32, feedForward: 192, heads: 8, encoderLayers: 6, decoderLayers: 2, vocabulary: 48 },
  'base-memory': {
    embedding: 48,
    feedForward: 192,
    heads: 8,
    encoderLayers: 6,
    decoderLayers: 4,
    vocabulary: 48,
  },
  base: { embedding: 64, feedForward: 256, heads: 8, encoderLayers: 6, decoderLayers: 2, vocabulary: 48 },
}

async function translate(
  size: StudentSize,
  precision: Precision,
  allowed = shortlist,
): Promise<{ ids: number[] | undefined; logits: Float32Array }> {
  const { configText, tensors } = readMarianFile(randomStudent(size))
  const architecture = readArchitecture(configText)
  const weights = new Weights(tensors)
  const encoder = await InferenceSession.create(buildEncoder(weights, architecture, precision))
  const decoderStep = await InferenceSession.create(buildDecoderStep(weights, architecture, precision))
  try {
    const options = { architecture, signal: { aborted: false } }
    const ids = await decodeGreedily({ encoder, decoderStep }, sourceIds, allowed, options)
    const { embeddings, ...encoded } = await encoder.run({
      input_ids: new Tensor('int32', Int32Array.from(sourceIds), [1, sourceIds.length]),
      shortlist: new Tensor('int32', shortlist, [shortlist.length]),
    })
    t.same(embeddings?.dims, [shortlist.length, size.embedding])
    const zeros = (): Tensor =>
      new Tensor('float32', new Float32Array(size.embedding), [1, 1, size.embedding])
    const cells = Array.from({ length: size.decoderLayers }, (_, index) => [`cell_${index + 1}`, zeros()])
    const { logits } = await decoderStep.run({
      ...encoded,
      ...(Object.fromEntries(cells) as Record<string, Tensor>),
      embedding: zeros(),
      position: new Tensor('int32', Int32Array.of(0), [1]),
    })
    return { ids, logits: logits?.data as Float32Array }
  } finally {
    await encoder.release()
    await decoderStep.release()
  }
}

for (const [name, size] of Object.entries(sizes)) {
  t.test(`a student of the shape of ${name}`, async (t) => {
    const fp32 = await translate(size, 'fp32')
    const int8 = await translate(size, 'int8')
    t.ok(fp32.ids)
    t.ok(fp32.ids?.every((id) => shortlist.includes(id)))
    t.ok((fp32.ids?.length ?? 0) <= 2.5 * sourceIds.length)
    t.equal(fp32.logits.length, shortlist.length)
    const spread = Math.hypot(...fp32.logits)
    const difference = Math.hypot(...fp32.logits.map((value, index) => value - (int8.logits[index] ?? NaN)))
    t.ok(difference < 0.05 * spread, `int8 differs by ${difference} from ${spread}`)
    t.ok(difference > 0, 'int8 is another arithmetic')
  })
}

t.test('two vocabularies of equal tables translate like one', async (t) => {
  const size = sizes['tiny'] as StudentSize
  const shared = await translate(size, 'fp32')
  const split = await translate({ ...size, splitVocabularies: true }, 'fp32')
  t.same(split, shared)
})

t.test('the length has a limit and <unk> is never chosen', async (t) => {
  const unknownAndOne = Int32Array.of(1, 5)
  const { ids } = await translate(sizes['tiny'] as StudentSize, 'fp32', unknownAndOne)
  t.same(ids, new Array(2.5 * sourceIds.length).fill(5))
})

t.test('a missing or misshapen tensor is named', (t) => {
  const size = sizes['tiny'] as StudentSize
  const file = readMarianFile(randomStudent({ ...size, encoderLayers: 2 }))
  const weights = new Weights(file.tensors)
  const architecture = readArchitecture(file.configText)
  const build = (changes: object) => () => buildEncoder(weights, { ...architecture, ...changes }, 'int8')
  t.throws(build({ encoderLayers: 3 }), {
    code: 'ERR_MODEL_FORMAT',
    message: /encoder_l3_self_Wq is missing, expected a tensor of 32 x 32/,
  })
  t.throws(build({ feedForward: 100 }), { message: /ffn_W1 is 32 x 192, expected 32 x 100/ })
  t.end()
})
