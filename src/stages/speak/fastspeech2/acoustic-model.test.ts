import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { GraphBuilder } from '../../../models/onnx/graph-builder.ts'
import { type AcousticModel, loadAcousticModel } from './acoustic-model.ts'

interface OtherInput {
  readonly type: 'int64' | 'float32'
  readonly perToken?: boolean
}

interface Export {
  readonly ids: string
  /** Scales the ids. */
  readonly factor: string
  readonly factorPerToken: boolean
  /** What it has besides and does not use. */
  readonly others?: Readonly<Record<string, OtherInput>>
  readonly mel: string
  readonly framesFirst?: boolean
}

/** Two mel bins with one frame for each token: the id times the factor, and the same negative. */
function network({ ids, factor, factorPerToken, others = {}, mel, framesFirst = false }: Export): Uint8Array {
  const graph = new GraphBuilder('acoustic')
  graph.input(ids, 'int64', [1, 'tokens'])
  graph.input(factor, 'float32', factorPerToken ? [1, 'tokens'] : [1])
  for (const [name, { type, perToken = false }] of Object.entries(others)) {
    graph.input(name, type, perToken ? [1, 'tokens'] : [1])
  }
  graph.node('Cast', [ids], { outputs: ['float_ids'], attributes: { to: { int: 1 } } })
  graph.node('Mul', ['float_ids', factor], { outputs: ['scaled'] })
  graph.node('Neg', ['scaled'], { outputs: ['negative'] })
  const stacked = framesFirst ? 2 : 1
  for (const name of ['scaled', 'negative']) {
    const attributes = { axes: { ints: [stacked] } }
    graph.node('Unsqueeze', [name], { outputs: [`${name}_row`], attributes })
  }
  graph.node('Concat', ['scaled_row', 'negative_row'], {
    outputs: [mel],
    attributes: { axis: { int: stacked } },
  })
  graph.output(mel, 'float32', framesFirst ? [1, 'frames', 2] : [1, 2, 'frames'])
  graph.node('Identity', ['scaled_row'], { outputs: ['f0'] })
  graph.output('f0', 'float32', [1, 1, 'frames'])
  return graph.build({ irVersion: 8, opset: 11 })
}

const root = t.testdir({})
async function load(exported: Export, extras: readonly string[] = [], melBins = 2): Promise<AcousticModel> {
  const path = join(root, 'acoustic.onnx')
  await writeFile(path, network(exported))
  return loadAcousticModel(path, { melBins, extras, threads: 1 })
}

const ours = { ids: 'input_ids', factor: 'speed', factorPerToken: false, mel: 'mel' }
const request = { tokens: [3, 5, 7], speaker: 1, speed: 2 }

t.test('ports of the exporters that there are', async (t) => {
  for (const [title, exported, factor] of [
    ['ours', ours, 2],
    [
      'transformers',
      {
        ...ours,
        others: { attention_mask: { type: 'int64', perToken: true } },
        mel: 'spectrogram',
        framesFirst: true,
      },
      2,
    ],
    [
      'NeMo',
      {
        ids: 'text',
        factor: 'pace',
        factorPerToken: true,
        others: {
          pitch: { type: 'float32', perToken: true },
          volume: { type: 'float32', perToken: true },
          batch_lengths: { type: 'int64' },
          speaker: { type: 'int64' },
        },
        mel: 'spect',
      },
      2,
    ],
    [
      'sherpa-onnx',
      {
        ids: 'x',
        factor: 'length_scale',
        factorPerToken: false,
        others: { x_length: { type: 'int64' }, noise_scale: { type: 'float32' }, sid: { type: 'int64' } },
        mel: 'mel',
      },
      0.5,
    ],
  ] as const satisfies [string, Export, number][]) {
    const model = await load(exported)
    const { mel } = await model.run(request)
    await model.close()
    const row = request.tokens.map((id) => id * factor)
    t.same(
      mel,
      { channels: 2, count: row.length, values: Float32Array.from([...row, ...row.map((value) => -value)]) },
      title,
    )
  }
})

t.test('what a vocoder wants beside the mel', async (t) => {
  const model = await load(ours, ['f0'])
  const { extras } = await model.run(request)
  await model.close()
  t.same([...extras], [['f0', { channels: 1, count: 3, values: Float32Array.of(6, 10, 14) }]])
  await t.rejects(load(ours, ['f0', 'source']), {
    code: 'ERR_MODEL_FORMAT',
    message: /the vocoder wants source beside the mel.* it gives mel, f0/,
  })
})

t.test('other models are refused', async (t) => {
  await t.rejects(load({ ...ours, ids: 'phonemes' }), {
    code: 'ERR_MODEL_FORMAT',
    message: /has the inputs phonemes, speed; known are .* one of input_ids, text, x, tokens is needed/,
  })
  await t.rejects(load({ ...ours, mel: 'y' }), {
    code: 'ERR_MODEL_FORMAT',
    message: /no mel or .*only y, f0/,
  })
  await t.rejects(load(ours, [], 80), { code: 'ERR_MODEL_FORMAT', message: /mels of 2, not of 80 bins/ })
})
