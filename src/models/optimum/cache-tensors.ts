/** What is done to tensors outside a graph: rows are picked, positions cut off, half precision is widened. */
import { Tensor } from 'onnxruntime-node'
import { decodeFloat16 } from '../onnx/float16.ts'

/** @returns a tensor whose row `i` (along the first dimension) is row `rows[i]` of `tensor`. */
export function selectRows(tensor: Tensor, rows: readonly number[]): Tensor {
  const rest = tensor.dims.slice(1)
  const size = elementCount(rest)
  return rebuild(tensor, [rows.length, ...rest], (data, selected) => {
    for (const [index, row] of rows.entries()) {
      selected.set(data.subarray(row * size, (row + 1) * size), index * size)
    }
  })
}

/** @param tensor [batch, heads, positions, head size], of which the first positions stay. */
export function truncatePositions(tensor: Tensor, positions: number): Tensor {
  const [batch = 0, heads = 0, length = 0, headSize = 0] = tensor.dims
  const size = positions * headSize
  return rebuild(tensor, [batch, heads, positions, headSize], (data, kept) => {
    for (let head = 0; head < batch * heads; head++) {
      const start = head * length * headSize
      kept.set(data.subarray(start, start + size), head * size)
    }
  })
}

/** The same numbers in float32; the tensor itself where it is that. */
export function toFloat32(tensor: Tensor): Tensor {
  if (tensor.type !== 'float16') return tensor
  return new Tensor('float32', decodeFloat16(tensor.data as Uint16Array), tensor.dims)
}

/** What the tensors of a decoder are made of; float16 is seen as its bits. */
type Numbers = Float32Array | Uint16Array | BigInt64Array

interface NumberArray<T> {
  subarray(start: number, end: number): T
  set(values: T, offset: number): void
}

function rebuild(
  tensor: Tensor,
  dims: readonly number[],
  fill: (data: NumberArray<unknown>, result: NumberArray<unknown>) => void,
): Tensor {
  const data = tensor.data as Numbers
  const result = new (data.constructor as new (length: number) => Numbers)(elementCount(dims))
  fill(data, result)
  return new Tensor(tensor.type, result, dims)
}

function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1)
}
