import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import t from 'tap'
import { GraphBuilder } from '../../../models/onnx/graph-builder.ts'
import { hibariImporter } from './importer.ts'

const frames = 8

/** A network of hibari's outer shape that gives eight frames of a constant voice whatever it is asked. */
function network(names: readonly string[]): Uint8Array {
  const graph = new GraphBuilder('hibari')
  graph.input('ids', 'int64', [1, 'n'])
  graph.input('speed', 'float32', [1])
  for (const name of names) {
    const isF0 = name === 'f0'
    const dims = isF0 ? [1, frames] : [1, 601, frames]
    const values = new Float32Array(frames * (isF0 ? 1 : 601)).fill(isF0 ? 120 : -3)
    graph.node('Mul', [graph.constant(`${name}_value`, dims, values), 'speed'], { outputs: [name] })
    graph.output(name, 'float32', dims)
  }
  return graph.build({ irVersion: 8, opset: 17 })
}

const outputs = ['lh', 'theta', 'ln', 'lr', 'phi', 'f0']

t.test('the network is followed by its signal processing', async (t) => {
  const dir = t.testdir({ source: { assets: {} }, first: {}, second: {} })
  await writeFile(join(dir, 'source', 'assets', 'hibari.onnx'), network(outputs))
  t.equal(hibariImporter.detect(['assets/hibari.onnx', 'tts.py']), true)
  t.equal(hibariImporter.detect(['model.onnx']), false)
  for (const target of ['first', 'second']) {
    await hibariImporter.run(join(dir, 'source'), join(dir, target), { settings: {} })
  }
  const [first, second] = await Promise.all(
    ['first', 'second'].map((target) => readFile(join(dir, target, 'model.onnx'))),
  )
  t.ok(first && second && first.equals(second), 'the same bytes each time')
  const session = await InferenceSession.create(join(dir, 'first', 'model.onnx'))
  t.same(session.inputNames, ['ids', 'speed', 'noise'])
  const { audio } = await session.run({
    ids: new Tensor('int64', [0n, 1n, 0n], [1, 3]),
    speed: new Tensor('float32', [1], [1]),
    noise: new Tensor('float32', new Float32Array(2 * 1202), [2, 1202]),
  })
  await session.release()
  t.same(audio?.dims, [frames * 300])
  t.ok((audio?.data as Float32Array).some((sample) => Math.abs(sample) > 0.01))
})

t.test('other models are refused', async (t) => {
  const dir = t.testdir({ empty: {} })
  const target = join(dir, 'target')
  await mkdir(target)
  await t.rejects(hibariImporter.run(join(dir, 'empty'), target, { settings: {} }), {
    code: 'ERR_MODEL_FORMAT',
    message: /expected assets\/hibari.onnx or hibari.onnx/,
  })
  await writeFile(join(dir, 'hibari.onnx'), network(['lh', 'theta', 'f0']))
  await t.rejects(hibariImporter.run(dir, target, { settings: {} }), {
    code: 'ERR_MODEL_FORMAT',
    message: /it has no ln, lr, phi/,
  })
})
