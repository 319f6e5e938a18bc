/**
 * Turns the integer convolutions of a dynamically quantised model into integer matrix products.
 *
 * onnxruntime's `ConvInteger` is slow on CPUs and runs on one thread, while its integer matrix product uses the
 * processor's 8-bit instructions and all threads. A convolution over time is such a product once the samples under
 * each tap stand side by side; the arithmetic, and so the sound, is that of the quantised model.
 *
 *     x -> Pad -> DynamicQuantizeLinear -> Transpose -> Slice for each tap -> Concat -> MatMulIntegerToFloat
 *       -> Transpose -> y
 */
import {
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  elementType,
  encodeAttribute,
  readIntsAttribute,
} from '../../../models/onnx/model.ts'
import { floatConvolution } from './float-convolutions.ts'
import { type QuantisedConvolution, type Replacement, replaceConvolutions } from './quantised-convolutions.ts'

/** Smaller convolutions are faster as float ones: here what surrounds the product costs more than it saves. */
const leastWeights = 60_000

/**
 * Small, strided and grouped convolutions become float ones.
 * @returns the same model where it has no integer convolution.
 * @throws VoxbridgeError ERR_MODEL_FORMAT where an integer convolution does not stand in the expected pattern.
 */
export function matrixConvolutions(model: OnnxModel): OnnxModel {
  return replaceConvolutions(model, (convolution) => {
    const shape = sameLengthShape(convolution)
    return shape && convolution.weightBytes.length >= leastWeights
      ? matrixConvolution(convolution, shape)
      : floatConvolution(convolution)
  })
}

interface Shape {
  readonly outputs: number
  readonly inputs: number
  readonly taps: number
  readonly dilation: number
  readonly padBefore: number
  readonly padAfter: number
}

/** The shape of a plain convolution that gives as many samples as it takes; undefined for any other. */
function sameLengthShape({ node, weight }: QuantisedConvolution): Shape | undefined {
  const [outputs, inputs, taps, ...more] = weight.dims
  if (outputs === undefined || inputs === undefined || taps === undefined || more.length > 0) return undefined
  const ints = (name: string, otherwise: number[]): number[] => readIntsAttribute(node, name) ?? otherwise
  const [group, stride, dilation = 1] = [
    ints('group', [1])[0],
    ints('strides', [1])[0],
    ints('dilations', [1])[0],
  ]
  const [padBefore = 0, padAfter = 0] = ints('pads', [0, 0])
  const keepsLength = padBefore + padAfter === (taps - 1) * dilation
  if (group !== 1 || stride !== 1 || !keepsLength) return undefined
  return { outputs, inputs, taps, dilation, padBefore, padAfter }
}

function matrixConvolution(convolution: QuantisedConvolution, shape: Shape): Replacement {
  const { node, input, outputs, scale, bias } = convolution
  const prefix = `${node.outputs[0]}_product`
  const nodes: OnnxNode[] = []
  const constants: OnnxTensor[] = []
  const add = (opType: string, inputs: readonly string[], options: Partial<OnnxNode> = {}): string => {
    const name = `${prefix}_${nodes.length}`
    nodes.push({ opType, domain: '', name, inputs, outputs: [name], attributes: [], ...options })
    return name
  }
  const constant = (
    label: string,
    dims: readonly number[],
    type: keyof typeof elementType,
    data: ArrayBufferView,
  ): string => {
    const bytes = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength)
    constants.push({ name: `${prefix}_${label}`, dims, dataType: elementType[type], data: bytes })
    return `${prefix}_${label}`
  }
  const bounds = (label: string, ...values: number[]): string =>
    constant(label, [values.length], 'int64', BigInt64Array.from(values, BigInt))
  const transposed = { attributes: [encodeAttribute('perm', { ints: [0, 2, 1] })] }

  const pads = bounds('pads', 0, 0, shape.padBefore, 0, 0, shape.padAfter)
  const padded = shape.taps === 1 ? input : add('Pad', [input, pads])
  const [bytes, byteScale, byteZero] = [`${prefix}_bytes`, `${prefix}_scale`, `${prefix}_zero`]
  add('DynamicQuantizeLinear', [padded], { outputs: [bytes, byteScale, byteZero] })
  const rows = add('Transpose', [bytes], transposed)
  const time = bounds('time', 1)
  const taps = Array.from({ length: shape.taps }, (_, tap) => {
    const start = bounds(`start_${tap}`, tap * shape.dilation)
    const missing = (shape.taps - 1 - tap) * shape.dilation
    const end = bounds(`end_${tap}`, missing === 0 ? Number.MAX_SAFE_INTEGER : -missing)
    return add('Slice', [rows, start, end, time])
  })
  const last = [encodeAttribute('axis', { int: 2 })]
  const columns = taps.length === 1 ? rows : add('Concat', taps, { attributes: last })
  const { matrix, zeroPoint } = weightMatrix(convolution, shape)
  const weights = constant('weights', [shape.taps * shape.inputs, shape.outputs], 'int8', matrix)
  const weightScale = constant('weight_scale', [], 'float32', Float32Array.of(scale))
  const weightZero = constant('weight_zero', [], 'int8', Int8Array.of(zeroPoint))
  const product = add(
    'MatMulIntegerToFloat',
    [columns, weights, byteScale, weightScale, byteZero, weightZero, ...(bias === undefined ? [] : [bias])],
    { domain: 'com.microsoft' },
  )
  add('Transpose', [product], { ...transposed, outputs })
  return { nodes, constants }
}

/** [outputs, inputs, taps] as [taps * inputs, outputs], signed: the fast product wants signed weights. */
function weightMatrix(
  { weightBytes, zeroPoint }: QuantisedConvolution,
  { outputs, inputs, taps }: Shape,
): { matrix: Int8Array; zeroPoint: number } {
  const offset = weightBytes instanceof Uint8Array ? 128 : 0
  const matrix = new Int8Array(weightBytes.length)
  for (let output = 0; output < outputs; output++) {
    for (let input = 0; input < inputs; input++) {
      for (let tap = 0; tap < taps; tap++) {
        const byte = weightBytes[(output * inputs + input) * taps + tap]!
        matrix[(tap * inputs + input) * outputs + output] = byte - offset
      }
    }
  }
  return { matrix, zeroPoint: zeroPoint - offset }
}
