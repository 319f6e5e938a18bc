import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import t from 'tap'
import { GraphBuilder } from './graph-builder.ts'
import { writeGraph } from './write-graph.ts'

const versions = { irVersion: 9, opset: 20 }

/** y = x W1 W2, with constants that are large enough to leave the graph, and one that is not. */
function addNodes(graph: GraphBuilder): void {
  graph.input('x', 'float32', ['n', 16])
  const first = graph.constant(
    'first',
    [16, 100],
    Float32Array.from({ length: 1600 }, (_, index) => index % 7),
  )
  const second = graph.constant(
    'second',
    [100, 3],
    Float32Array.from({ length: 300 }, (_, index) => index % 5),
  )
  const product = graph.node('MatMul', [graph.node('MatMul', ['x', first]), second])
  graph.node('Reshape', [product, graph.integers(-1)], { outputs: ['y'] })
  graph.output('y', 'float32', ['m'])
}

const build = (graph: GraphBuilder): Promise<void> => Promise.resolve(addNodes(graph))

async function run(path: string): Promise<number[]> {
  const session = await InferenceSession.create(path)
  const { y } = await session.run({ x: new Tensor('float32', new Float32Array(16).fill(1), [1, 16]) })
  await session.release()
  return Array.from(y?.data as Float32Array)
}

t.test('a graph that fits in one file is written as it would be in memory', async (t) => {
  const dir = t.testdir()
  await writeGraph(join(dir, 'model.onnx'), build, { name: 'small', ...versions })
  t.same(readdirSync(dir), ['model.onnx'])
  const graph = new GraphBuilder('small')
  addNodes(graph)
  t.ok(readFileSync(join(dir, 'model.onnx')).equals(graph.build(versions)))
})

t.test('a graph that does not is written to two files, the same every time', async (t) => {
  const dir = t.testdir({ one: {}, two: {}, again: {} })
  const options = { name: 'large', ...versions }
  const split = { ...options, largestSingleFileBytes: 4000 }
  await writeGraph(join(dir, 'one', 'model.onnx'), build, options)
  await writeGraph(join(dir, 'two', 'model.onnx'), build, split)
  await writeGraph(join(dir, 'again', 'model.onnx'), build, split)
  t.same(readdirSync(join(dir, 'two')).sort(), ['model.onnx', 'model.onnx.data'])
  t.ok(readFileSync(join(dir, 'two', 'model.onnx')).length < 1000)
  for (const file of ['model.onnx', 'model.onnx.data']) {
    t.ok(readFileSync(join(dir, 'two', file)).equals(readFileSync(join(dir, 'again', file))), file)
  }
  t.same(await run(join(dir, 'two', 'model.onnx')), await run(join(dir, 'one', 'model.onnx')))
})

t.test('the array of a constant may be used again at once', async (t) => {
  const path = join(t.testdir(), 'model.onnx')
  await writeGraph(
    path,
    (graph) => {
      const values = new Float32Array(1024)
      graph.input('x', 'float32', [1024])
      for (const length of [1, 1024]) {
        values.fill(length)
        graph.constant(`of_${length}`, [length], values.subarray(0, length))
      }
      values.fill(-1)
      const sum = graph.node('Add', ['x', 'of_1'])
      graph.node('Add', [sum, 'of_1024'], { outputs: ['y'] })
      graph.output('y', 'float32', [1024])
      return Promise.resolve()
    },
    { name: 'sum', ...versions },
  )
  const session = await InferenceSession.create(path)
  const { y } = await session.run({ x: new Tensor('float32', new Float32Array(1024), [1024]) })
  await session.release()
  t.equal((y?.data as Float32Array)[0], 1025)
})

t.test('where building fails nothing is left', async (t) => {
  const dir = t.testdir()
  const broken = (graph: GraphBuilder): Promise<void> => {
    graph.constant('large', [1024], new Float32Array(1024))
    return Promise.reject(new RangeError('the weights are gone'))
  }
  await t.rejects(writeGraph(join(dir, 'model.onnx'), broken, { name: 'x', ...versions }), /weights are gone/)
  t.same(readdirSync(dir), [])
})
