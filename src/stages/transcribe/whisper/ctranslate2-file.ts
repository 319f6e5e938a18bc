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

const elementTypes = ['float32', 'int8', 'int16', 'int32', 'float16', 'bfloat16'] as const
export type Ctranslate2Type = (typeof elementTypes)[number]

interface Variable {
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
      this.#variables.set(name, { dims, type, offset: reader.offset, lengthBytes })
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

  /** Names of weights that were quantised when the model was converted. */
  quantizedWeights(): string[] {
    return [...this.#variables]
      .filter(([, { dims, type }]) => dims.length > 1 && type.startsWith('int'))
      .map(([name]) => name)
  }

  /** The value of a variable without dimensions. */
  integer(name: string): number {
    const { type, lengthBytes } = this.#variable(name)
    if (!type.startsWith('int')) throw new VoxbridgeError('ERR_MODEL_FORMAT', `model.bin: ${name} is ${type}`)
    return Buffer.from(this.#data(name)).readIntLE(0, lengthBytes)
  }

  /** A floating point variable in row-major order. */
  floats(name: string): Float32Array {
    const { type } = this.#variable(name)
    if (type === 'float32') return new Float32Array(this.#data(name))
    if (type === 'float16') return decodeFloat16(this.float16Bits(name))
    if (type === 'bfloat16') return decodeBfloat16(new Uint16Array(this.#data(name)))
    throw new VoxbridgeError(
      'ERR_MODEL_FORMAT',
      `model.bin: ${name} is ${type}, a floating point type is needed`,
    )
  }

  /** A float16 variable as it is stored. */
  float16Bits(name: string): Uint16Array {
    return new Uint16Array(this.#data(name))
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
  let done = 0
  while (done < lengthBytes) {
    const got = readSync(descriptor, bytes, done, lengthBytes - done, offset + done)
    if (got === 0) throw cutOff()
    done += got
  }
  return bytes.buffer
}

function cutOff(): VoxbridgeError {
  return new VoxbridgeError('ERR_MODEL_FORMAT', 'model.bin is cut off: fetch it again')
}

function decodeBfloat16(bits: Uint16Array): Float32Array {
  const words = new Uint32Array(bits.length)
  for (let index = 0; index < bits.length; index++) words[index] = (bits[index] ?? 0) << 16
  return new Float32Array(words.buffer)
}

function decodeFloat16(bits: Uint16Array): Float32Array {
  const values = new Float32Array(bits.length)
  for (let index = 0; index < bits.length; index++) values[index] = float16Values[bits[index] ?? 0] ?? 0
  return values
}

/** All values of IEEE 754 half precision by their bits; looked up faster than computed. */
const float16Values = Float32Array.from({ length: 65536 }, (_, bits) => {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1024 + fraction) * 2 ** (exponent - 25)
})
