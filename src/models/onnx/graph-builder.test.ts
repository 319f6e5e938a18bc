import { InferenceSession, Tensor } from 'onnxruntime-node'
import t from 'tap'
import { GraphBuilder } from './graph-builder.ts'
import { decodeModel, encodeModel } from './model.ts'

/** y = max(x W + b, 0) with a constant of every element type along the way. */
function smallModel(): Uint8Array {
  const graph = new GraphBuilder('small')
  graph.input('x', 'float32', [1, 'n', 2])
  const weight = graph.constant('weight', [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6))
  const product = graph.node('MatMul', ['x', weight])
  const half = graph.constant('half', [1], Uint16Array.of(0x3800)) // 0.5 in float16
  const offset = graph.node('Cast', [half], { attributes: { to: { int: 1 } } })
  const shifted = graph.node('Sub', [product, offset])
  const normal = graph.node(
    'LayerNormalization',
    [shifted, graph.constant('gain', [3], new Float32Array(3).fill(1))],
    { attributes: { axis: { int: -1 }, epsilon: { float: 1e-5 } } },
  )
  const rows = graph.node('Squeeze', [normal, graph.integers(0)])
  graph.node('Transpose', [rows], { outputs: ['y'], attributes: { perm: { ints: [1, 0] } } })
  graph.output('y', 'float32', [3, 'n'])
  return graph.build({ irVersion: 9, opset: 20 })
}

async function run(model: Uint8Array): Promise<{ dims: readonly number[]; values: number[] }> {
  const session = await InferenceSession.create(model)
  const { y } = await session.run({ x: new Tensor('float32', Float32Array.of(1, 0, 0, 1), [1, 2, 2]) })
  await session.release()
  return { dims: y?.dims ?? [], values: Array.from(y?.data as Float32Array) }
}

t.test('a graph built by hand runs', async (t) => {
  const y = await run(smallModel())
  t.same(y.dims, [3, 2])
  // Both rows of W are equally spaced, so each normalises to -1.22, 0, 1.22.
  const expected = [-1.2247, -1.2247, 0, 0, 1.2247, 1.2247]
  for (const [index, value] of y.values.entries()) t.ok(Math.abs(value - (expected[index] ?? NaN)) < 1e-3)
})

t.test('reading and writing a model changes nothing', async (t) => {
  const model = smallModel()
  t.same(Buffer.compare(encodeModel(decodeModel(model)), model), 0)
  t.same(Buffer.compare(smallModel(), model), 0, 'the same graph gives the same bytes')
})

t.test('typed tensor fields are read as raw bytes', (t) => {
  // A TensorProto of two int32 in int32_data (field 5), one of them negative, inside a minimal model.
  const negative = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]
  const tensor = [0x08, 2, 0x10, 6, 0x2a, 11, 5, ...negative, 0x42, 1, 0x61]
  const graph = [0x2a, tensor.length, ...tensor]
  const model = Uint8Array.from([0x08, 8, 0x3a, graph.length, ...graph, 0x42, 2, 0x10, 17])
  const [read] = decodeModel(model).initializers
  t.equal(read?.name, 'a')
  t.same(Array.from(new Int32Array(Uint8Array.from(read?.data ?? []).buffer)), [5, -1])
  t.end()
})

t.test('mistakes are named', (t) => {
  const graph = new GraphBuilder('wrong')
  graph.constant('a', [1], Float32Array.of(1))
  t.throws(() => graph.constant('a', [1], Float32Array.of(2)), /two constants are named a/)
  t.throws(
    () => graph.constant('b', [2, 2], Float32Array.of(1)),
    /b has 1 elements, its shape \[2, 2\] needs 4/,
  )
  t.throws(() => decodeModel(Uint8Array.of(0x0a, 200)), /cut off/)
  t.throws(() => decodeModel(new TextEncoder().encode('')), /not an ONNX model/)
  t.end()
})
