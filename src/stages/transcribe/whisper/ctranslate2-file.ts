/**
 * Reads CTranslate2's `model.bin`, version 6, little endian:
 *
 *     u32 version | str spec | u32 revision | u32 count
 *     per variable: str name | u8 rank | u32 dims[rank] | u8 type | u32 bytes | data (row-major, not aligned)
 *     u32 count | per alias: str alias | str target
 *
 * where `str` is a u16 length that counts a closing NUL, then the bytes
 * (https://github.com/OpenNMT/CTranslate2/blob/master/python/ctranslate2/specs/model_spec.py).
 *
 * Only the index is read at first; the weights of a large model would not fit in one buffer.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { VoxbridgeError } from '../../../errors.ts'
import { decodeFloat16, encodeFloat16 } from '../../../models/onnx/float16.ts'
import { ReusedMemory } from './reused-memory.ts'

/** In the order of their numbers. */
const elementTypes = ['float32', 'int8', 'int16', 'int32', 'float16', 'bfloat16'] as const
export type Ctranslate2Type = (typeof elementTypes)[number]

const elementBytes = { float32: 4, int8: 1, int16: 2, int32: 4, float16: 2, bfloat16: 2 } as const

/** Write the part of a variable that is in `data` into `values`. */
const decoders: Record<Ctranslate2Type, (data: ArrayBuffer, values: Float32Array) => void> = {
  float32: (data, values) => values.set(new Float32Array(data, 0, values.length)),
  int8: (data, values) => values.set(new Int8Array(data, 0, values.length)),
  int16: (data, values) => values.set(new Int16Array(data, 0, values.length)),
  int32: (data, values) => values.set(new Int32Array(data, 0, values.length)),
  float16: (data, values) => decodeFloat16(new Uint16Array(data, 0, values.length), values),
  bfloat16: (data, values) => decodeBfloat16(new Uint16Array(data, 0, values.length), values),
}
const partBytes = 1 << 22

interface Variable {
  readonly name: string
  readonly dims: readonly number[]
  readonly type: Ctranslate2Type
  readonly offset: number
  readonly lengthBytes: number
}

const supportedVersion = 6

export class Ctranslate2File {
  readonly spec: string
  readonly revision: number
  readonly #descriptor: number
  readonly #variables = new Map<string, Variable>()
  readonly #part = new ArrayBuffer(partBytes)
  readonly #weight = new ReusedMemory()

  /** Opens a file; the caller closes it. @throws VoxbridgeError ERR_MODEL_FORMAT where it is not version 6. */
  constructor(path: string) {
    this.#descriptor = openSync(path, 'r')
    try {
      const reader = new IndexReader(this.#descriptor)
      const version = reader.uint(4)
      if (version !== supportedVersion) {
        throw new VoxbridgeError(
          'ERR_MODEL_FORMAT',
          `model.bin is not a CTranslate2 model of version ${supportedVersion} (it starts with ${version}): ` +
            'convert the original model again with CTranslate2 4',
        )
      }
      this.spec = reader.string()
      this.revision = reader.uint(4)
      this.#readVariables(reader)
      this.#readAliases(reader)
      reader.expectEnd()
    } catch (error) {
      this.close()
      throw error
    }
  }

  #readVariables(reader: IndexReader): void {
    for (let left = reader.uint(4); left > 0; left--) {
      const name = reader.string()
      const dims = Array.from({ length: reader.uint(1) }, () => reader.uint(4))
      const typeNumber = reader.uint(1)
      const type = elementTypes[typeNumber]
      if (type === undefined) {
        throw new VoxbridgeError(
          'ERR_MODEL_FORMAT',
          `model.bin: ${name} has the unknown element type ${typeNumber}`,
        )
      }
      const lengthBytes = reader.uint(4)
      checkLength(name, dims, type, lengthBytes)
      this.#variables.set(name, { name, dims, type, offset: reader.offset, lengthBytes })
      reader.skip(lengthBytes)
    }
  }

  #readAliases(reader: IndexReader): void {
    for (let left = reader.uint(4); left > 0; left--) {
      const alias = reader.string()
      this.#variables.set(alias, this.#variable(reader.string()))
    }
  }

  close(): void {
    closeSync(this.#descriptor)
  }

  has(name: string): boolean {
    return this.#variables.has(name)
  }

  dims(name: string): readonly number[] {
    return this.#variable(name).dims
  }

  type(name: string): Ctranslate2Type {
    return this.#variable(name).type
  }

  /** The value of a variable without dimensions. */
  integer(name: string): number {
    const { type, lengthBytes } = this.#variable(name)
    if (!type.startsWith('int')) throw new VoxbridgeError('ERR_MODEL_FORMAT', `model.bin: ${name} is ${type}`)
    return Buffer.from(this.#data(name)).readIntLE(0, lengthBytes)
  }

  /**
   * A variable in row-major order; the caller may change the values.
   * @throws VoxbridgeError ERR_MODEL_FORMAT where it holds integers that are no quantised weight
   */
  floats(name: string): Float32Array {
    const variable = this.#variable(name)
    return this.#read(variable, new Float32Array(elementsOf(variable)))
  }

  /** The same for large variables: the values are gone when the next weight is read. */
  weight(name: string): Float32Array {
    const variable = this.#variable(name)
    return this.#read(variable, this.#weight.float32(elementsOf(variable)))
  }

  #read(variable: Variable, values: Float32Array): Float32Array {
    const size = elementBytes[variable.type]
    for (let done = 0; done < variable.lengthBytes; done += partBytes) {
      const part = new Uint8Array(this.#part, 0, Math.min(partBytes, variable.lengthBytes - done))
      readInto(part, this.#descriptor, variable.offset + done)
      decoders[variable.type](this.#part, values.subarray(done / size, (done + part.length) / size))
    }
    if (variable.type.startsWith('int')) this.#dequantize(values, variable)
    return values
  }

  /** A variable as the bits of float16 values. */
  float16Bits(name: string): Uint16Array {
    if (this.type(name) === 'float16') return new Uint16Array(this.#data(name))
    return encodeFloat16(this.weight(name))
  }

  /** Quantised weights are `value * scale`, with one scale for each row (int8) or one for all (int16). */
  #dequantize(values: Float32Array, { name, dims, type }: Variable): void {
    const scaleName = `${name}_scale`
    const rows = this.#variables.has(scaleName) ? this.floats(scaleName) : new Float32Array(0)
    const [outputs = 1] = dims
    if (type === 'int32' || (rows.length !== 1 && rows.length !== outputs)) {
      throw new VoxbridgeError(
        'ERR_MODEL_FORMAT',
        `model.bin: ${name} is ${type} with ${rows.length} scales, which is not supported: ` +
          'convert the original model with --quantization float16',
      )
    }
    const rowLength = values.length / rows.length
    rows.forEach((scale, row) => {
      for (let index = row * rowLength; index < (row + 1) * rowLength; index++) {
        values[index] = (values[index] ?? 0) / scale
      }
    })
  }

  #data(name: string): ArrayBuffer {
    const { offset, lengthBytes } = this.#variable(name)
    return readBytes(this.#descriptor, offset, lengthBytes)
  }

  #variable(name: string): Variable {
    const variable = this.#variables.get(name)
    if (!variable) throw new VoxbridgeError('ERR_MODEL_FORMAT', `model.bin has no variable ${name}`)
    return variable
  }
}

/** Reads the small fields between the weights through a window that moves along the file. */
class IndexReader {
  offset = 0
  readonly #descriptor: number
  readonly #lengthBytes: number
  #window: Buffer = Buffer.alloc(0)
  #windowStart = 0

  constructor(descriptor: number) {
    this.#descriptor = descriptor
    this.#lengthBytes = fstatSync(descriptor).size
  }

  uint(lengthBytes: number): number {
    return this.#take(lengthBytes).readUIntLE(0, lengthBytes)
  }

  string(): string {
    return this.#take(this.uint(2)).toString('utf8').replace(/\0$/, '')
  }

  skip(lengthBytes: number): void {
    if (this.offset + lengthBytes > this.#lengthBytes) throw cutOff()
    this.offset += lengthBytes
  }

  expectEnd(): void {
    if (this.offset === this.#lengthBytes) return
    const left = this.#lengthBytes - this.offset
    throw new VoxbridgeError('ERR_MODEL_FORMAT', `model.bin: ${left} bytes follow the end of the model`)
  }

  #take(lengthBytes: number): Buffer {
    const start = this.offset
    this.skip(lengthBytes)
    if (start < this.#windowStart || this.offset > this.#windowStart + this.#window.length) {
      const windowBytes = Math.min(Math.max(lengthBytes, 4096), this.#lengthBytes - start)
      this.#window = Buffer.from(readBytes(this.#descriptor, start, windowBytes))
      this.#windowStart = start
    }
    return this.#window.subarray(start - this.#windowStart, this.offset - this.#windowStart)
  }
}

/** A buffer of its own is aligned for any element type, which the data in the file is not. */
function readBytes(descriptor: number, offset: number, lengthBytes: number): ArrayBuffer {
  const bytes = new Uint8Array(lengthBytes)
  readInto(bytes, descriptor, offset)
  return bytes.buffer
}

function readInto(bytes: Uint8Array, descriptor: number, offset: number): void {
  for (let done = 0; done < bytes.length;) {
    const got = readSync(descriptor, bytes, done, bytes.length - done, offset + done)
    if (got === 0) throw cutOff()
    done += got
  }
}

function cutOff(): VoxbridgeError {
  return new VoxbridgeError('ERR_MODEL_FORMAT', 'model.bin is cut off: fetch it again')
}

function elementsOf({ type, lengthBytes }: Variable): number {
  return lengthBytes / elementBytes[type]
}

function checkLength(
  name: string,
  dims: readonly number[],
  type: Ctranslate2Type,
  lengthBytes: number,
): void {
  const needed = dims.reduce((product, dim) => product * dim, elementBytes[type])
  if (lengthBytes === needed) return
  throw new VoxbridgeError(
    'ERR_MODEL_FORMAT',
    `model.bin: ${name} has ${lengthBytes} bytes, ${needed} for ${type} [${dims.join(', ')}] are needed: fetch it again`,
  )
}

function decodeBfloat16(bits: Uint16Array, values: Float32Array): void {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length)
  for (let index = 0; index < bits.length; index++) words[index] = (bits[index] ?? 0) << 16
}
