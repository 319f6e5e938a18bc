import { InferenceSession, Tensor } from 'onnxruntime-node'
import t from 'tap'
import { GraphBuilder, type TensorData } from '../../../models/onnx/graph-builder.ts'
import { type OnnxModel, decodeModel, encodeModel } from '../../../models/onnx/model.ts'
import { floatConvolutions } from './float-convolutions.ts'
import { matrixConvolutions } from './matrix-convolutions.ts'

const channels = 128
const samples = 40

/** Numbers without a pattern, the same ones each time. */
function scattered(length: number, from: number, to: number): number[] {
  return Array.from({ length }, (_, index) => from + ((index * 7919 + 13) % (to - from + 1)))
}

interface Convolution {
  readonly dims: readonly [outputs: number, inputs: number, taps: number]
  readonly weight: TensorData
  readonly zeroPoint: TensorData
  readonly dilation?: number
  readonly bias?: boolean
}

/** Adds a convolution as quantize_dynamic writes it. */
function addConvolution(graph: GraphBuilder, input: string, options: Convolution): string {
  const { dims, weight, zeroPoint, dilation = 1, bias = false } = options
  const [outputs, , taps] = dims
  const name = graph.unique('convolution')
  const scale = graph.constant(`${name}_scale`, [1], Float32Array.of(0.0005))
  const quantised = ['bytes', 'scale', 'zero'].map((part) => graph.unique(part))
  const [bytes = '', inputScale = '', inputZero = ''] = quantised
  graph.node('DynamicQuantizeLinear', [input], { outputs: quantised })
  const weights = [
    graph.constant(`${name}_weight`, dims, weight),
    inputZero,
    graph.constant(`${name}_zero`, [], zeroPoint),
  ]
  const pad = ((taps - 1) / 2) * dilation
  let sum = graph.node('ConvInteger', [bytes, ...weights], {
    attributes: { pads: { ints: [pad, pad] }, dilations: { ints: [dilation] }, group: { int: 1 } },
  })
  if (bias) {
    const values = Float32Array.from(scattered(outputs, -9, 9))
    const product = graph.node('Mul', [inputScale, scale])
    const rounded = graph.node('Floor', [
      graph.node('Div', [graph.constant(`${name}_bias`, [outputs], values), product]),
    ])
    const integers = graph.node('Cast', [rounded], { attributes: { to: { int: 6 } } })
    sum = graph.node('Add', [sum, graph.node('Reshape', [integers, graph.integers(1, -1, 1)])])
  }
  const float = graph.node('Cast', [sum], { attributes: { to: { int: 1 } } })
  return graph.node('Mul', [float, graph.node('Mul', [inputScale, scale])])
}

/** A small convolution, a large dilated one, and a large one of a single tap; unsigned and signed weights. */
function quantisedModel(): OnnxModel {
  const graph = new GraphBuilder('quantised')
  graph.input('x', 'float32', [1, 2, 'n'])
  const small = addConvolution(graph, 'x', {
    dims: [channels, 2, 3],
    weight: Uint8Array.from(scattered(channels * 6, 0, 255)),
    zeroPoint: Uint8Array.of(120),
    bias: true,
  })
  const dilated = addConvolution(graph, small, {
    dims: [channels, channels, 5],
    weight: Uint8Array.from(scattered(channels * channels * 5, 0, 255)),
    zeroPoint: Uint8Array.of(131),
    dilation: 3,
    bias: true,
  })
  const single = addConvolution(graph, dilated, {
    dims: [2 * channels * 2, channels, 1],
    weight: Int8Array.from(scattered(2 * channels * 2 * channels, -128, 127)),
    zeroPoint: Int8Array.of(-4),
  })
  graph.node('Identity', [single], { outputs: ['y'] })
  graph.output('y', 'float32', [1, 4 * channels, 'n'])
  return decodeModel(graph.build({ irVersion: 9, opset: 20 }))
}

const original = quantisedModel()

async function run(model: OnnxModel): Promise<Float32Array> {
  const session = await InferenceSession.create(encodeModel(model))
  const x = Float32Array.from({ length: 2 * samples }, (_, index) => Math.sin(index * 0.7) + index / 100)
  const { y } = await session.run({ x: new Tensor('float32', x, [1, 2, samples]) })
  await session.release()
  return y?.data as Float32Array
}

/** Root mean square of the difference over that of the expected values. */
function relativeError(actual: Float32Array, expected: Float32Array): number {
  const energy = (values: Float32Array): number => values.reduce((sum, value) => sum + value ** 2, 0)
  return Math.sqrt(energy(actual.map((value, index) => value - expected[index]!)) / energy(expected))
}

function operators(model: OnnxModel): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { opType } of model.nodes) counts.set(opType, (counts.get(opType) ?? 0) + 1)
  return counts
}

t.test('float convolutions give what the integer ones do, within their rounding', async (t) => {
  const float = floatConvolutions(original)
  const counts = operators(float)
  t.equal(counts.get('Conv'), 3)
  t.notOk(counts.has('ConvInteger') || counts.has('DynamicQuantizeLinear'))
  t.equal(float.initializers.length, 5, 'three weights and two biases; the bytes are gone')
  const [actual, expected] = [await run(float), await run(original)]
  t.equal(actual.length, expected.length)
  const error = relativeError(actual, expected)
  t.ok(error > 0 && error < 0.02, `relative error ${error}`)
})

t.test('matrix products give what large integer convolutions do', async (t) => {
  const product = matrixConvolutions(original)
  const counts = operators(product)
  t.equal(counts.get('MatMulIntegerToFloat'), 2)
  t.equal(counts.get('Conv'), 1, 'the small one is float')
  t.notOk(counts.has('ConvInteger'))
  const [actual, expected] = [await run(product), await run(original)]
  t.equal(actual.length, expected.length)
  const error = relativeError(actual, expected)
  t.ok(error < 0.02, `relative error ${error}`)
})

t.test('the same model gives the same bytes', (t) => {
  for (const rewrite of [floatConvolutions, matrixConvolutions]) {
    const convert = (): Uint8Array => encodeModel(rewrite(quantisedModel()))
    t.equal(Buffer.compare(convert(), convert()), 0)
  }
  t.end()
})

t.test('a float model passes as it is', (t) => {
  const float = floatConvolutions(original)
  t.equal(floatConvolutions(float), float)
  t.equal(matrixConvolutions(float), float)
  t.end()
})

t.test('other patterns are refused in words', (t) => {
  const withoutCast = {
    ...original,
    nodes: original.nodes.map((node) => (node.opType === 'Cast' ? { ...node, opType: 'Neg' } : node)),
  }
  t.throws(() => floatConvolutions(withoutCast), {
    code: 'ERR_MODEL_FORMAT',
    message: /expected Cast or Floor/,
  })
  const withoutQuantisation = {
    ...original,
    nodes: original.nodes.filter((node) => node.opType !== 'DynamicQuantizeLinear'),
  }
  t.throws(() => matrixConvolutions(withoutQuantisation), {
    code: 'ERR_MODEL_FORMAT',
    message: /comes from no node, expected DynamicQuantizeLinear/,
  })
  t.throws(() => floatConvolutions({ ...original, initializers: [] }), { code: 'ERR_MODEL_FORMAT' })
  t.end()
})
