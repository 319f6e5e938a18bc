/**
 * Marian's binary model format, version 1 (marian-dev, src/common/binary.cpp), little endian:
 *
 *     u64 version, u64 n
 *     n x { u64 nameBytes, u64 type, u64 dimensions, u64 dataBytes }
 *     n x name, NUL-terminated
 *     n x dimensions x i32
 *     u64 padding, padding bytes
 *     n x data, each padded to its dataBytes
 *
 * An `intgemm8` tensor holds one int8 per element and directly behind them a float32 `quantMult`;
 * weight = int8 / quantMult. Matrices are stored transposed against their shape, embedding tables are not.
 */
import { VoxbridgeError } from '../../../errors.ts'

/** A matrix or vector in row-major order of its shape. */
export type MarianTensor =
  | { readonly type: 'float32'; readonly shape: readonly number[]; readonly values: Float32Array }
  | {
      readonly type: 'intgemm8'
      readonly shape: readonly number[]
      readonly values: Int8Array
      readonly quantMult: number
    }

export interface MarianFile {
  /** The text of `special:model.yml`: the options the model was trained with. */
  readonly configText: string
  readonly tensors: ReadonlyMap<string, MarianTensor>
}

const configName = 'special:model.yml'
const typeFloat32 = 0x0404
const typeIntgemm8 = 0x4101
const otherTypes: Readonly<Record<number, string>> = {
  0x0402: 'float16',
  0x4102: 'intgemm16',
  0x0801: 'fbgemm packed 8-bit',
  0x0802: 'fbgemm packed 16-bit',
}

interface Header {
  readonly nameBytes: number
  readonly type: number
  readonly dimensions: number
  readonly dataBytes: number
}

/** @throws VoxbridgeError ERR_MODEL_FORMAT where the bytes are not such a file or hold weights of another kind. */
export function readMarianFile(bytes: Uint8Array): MarianFile {
  const reader = new Reader(bytes)
  const version = reader.u64()
  if (version !== 1) {
    throw formatError(
      `the file does not start like a Marian binary model (version ${version}; version 1 is supported, .npz is not)`,
    )
  }
  const count = reader.u64()
  const headers = Array.from({ length: reader.checkCount(count, 32) }, (): Header => ({
    nameBytes: reader.u64(),
    type: reader.u64(),
    dimensions: reader.u64(),
    dataBytes: reader.u64(),
  }))
  const names = headers.map(({ nameBytes }) => text(reader.take(nameBytes)))
  const shapes = headers.map(({ dimensions }) =>
    Array.from({ length: reader.checkCount(dimensions, 4) }, () => reader.i32()),
  )
  reader.take(reader.u64())

  let configText: string | undefined
  const tensors = new Map<string, MarianTensor>()
  for (const [index, { type, dataBytes }] of headers.entries()) {
    const name = names[index] ?? ''
    const data = reader.take(dataBytes)
    if (name === configName) configText = text(data)
    else tensors.set(name, readTensor(name, type, shapes[index] ?? [], data))
  }
  if (configText === undefined) throw formatError(`the file has no ${configName}, so its shape is unknown`)
  return { configText, tensors }
}

function readTensor(name: string, type: number, shape: readonly number[], data: Uint8Array): MarianTensor {
  const elements = shape.reduce((product, dim) => product * dim, 1)
  const neededBytes = type === typeFloat32 ? elements * 4 : elements + 4
  if (shape.some((dim) => dim < 1) || neededBytes > data.length) {
    throw formatError(`${name} has ${data.length} bytes, too few for its shape ${shape.join(' x ')}`)
  }
  // The data need not be aligned for a view of wider elements. (`slice` would not copy: on a Buffer it is a view.)
  const aligned = new Uint8Array(data.subarray(0, neededBytes))
  if (type === typeFloat32) {
    return { type: 'float32', shape, values: new Float32Array(aligned.buffer, 0, elements) }
  }
  if (type === typeIntgemm8) {
    const stored = new Int8Array(aligned.buffer, 0, elements)
    const quantMult = new DataView(aligned.buffer).getFloat32(elements, true)
    const values = name.includes('Wemb') ? stored : transpose(stored, shape)
    return { type: 'intgemm8', shape, values, quantMult }
  }
  const found = otherTypes[type] ?? `type 0x${type.toString(16)}`
  throw formatError(
    `${name} is stored as ${found}; supported are intgemm8 weights with float32 biases ` +
      '(marian-conv --gemm-type intgemm8)',
  )
}

/** Turns the stored columns-first order into rows of `shape`. */
function transpose(stored: Int8Array, shape: readonly number[]): Int8Array {
  const rows = shape[0] ?? 1
  const columns = stored.length / rows
  const values = new Int8Array(stored.length)
  for (let column = 0; column < columns; column++) {
    for (let row = 0; row < rows; row++) {
      values[row * columns + column] = stored[column * rows + row] ?? 0
    }
  }
  return values
}

class Reader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #offset = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#offset) throw formatError('the Marian model file is cut off')
    this.#offset += length
    return this.#bytes.subarray(this.#offset - length, this.#offset)
  }

  u64(): number {
    this.take(8)
    return Number(this.#view.getBigUint64(this.#offset - 8, true))
  }

  i32(): number {
    this.take(4)
    return this.#view.getInt32(this.#offset - 4, true)
  }

  /** Returns `count` if that many items of `itemBytes` are left, so that a wrong count allocates nothing. */
  checkCount(count: number, itemBytes: number): number {
    if (count * itemBytes > this.#bytes.length - this.#offset) {
      throw formatError('the Marian model file is cut off')
    }
    return count
  }
}

function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return new TextDecoder().decode(end === -1 ? bytes : bytes.subarray(0, end))
}

function formatError(message: string): VoxbridgeError {
  return new VoxbridgeError('ERR_MODEL_FORMAT', `Marian model: ${message}`)
}
