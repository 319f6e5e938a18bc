import { VoxbridgeError } from '../../../errors.ts'
import { type MarianTensor } from './marian-file.ts'

/** A matrix as int8 values; weight = value * scale. */
export interface QuantizedMatrix {
  readonly values: Int8Array
  readonly scale: number
}

/** The tensors of a model, asked for by name and shape, so that a file of another shape fails with its reason. */
export class Weights {
  readonly #tensors: ReadonlyMap<string, MarianTensor>

  constructor(tensors: ReadonlyMap<string, MarianTensor>) {
    this.#tensors = tensors
  }

  has(name: string): boolean {
    return this.#tensors.has(name)
  }

  /** Biases and norms: the elements of a 1 x length tensor. */
  vector(name: string, length: number): Float32Array {
    const tensor = this.#get(name, [1, length])
    if (tensor.type === 'float32') return tensor.values
    throw wrong(`${name} is stored as ${tensor.type}, supported is float32`)
  }

  /** A weight matrix, row-major. */
  matrix(name: string, rows: number, columns: number): QuantizedMatrix {
    const tensor = this.#get(name, [rows, columns])
    if (tensor.type === 'intgemm8') return { values: tensor.values, scale: 1 / tensor.quantMult }
    throw wrong(
      `${name} is stored as ${tensor.type}, supported is intgemm8 (marian-conv --gemm-type intgemm8)`,
    )
  }

  #get(name: string, shape: readonly [number, number]): MarianTensor {
    const tensor = this.#tensors.get(name)
    if (tensor === undefined) throw wrong(`${name} is missing, expected a tensor of ${shape.join(' x ')}`)
    if (tensor.shape.join() === shape.join()) return tensor
    throw wrong(`${name} is ${tensor.shape.join(' x ')}, expected ${shape.join(' x ')}`)
  }
}

export function dequantize({ values, scale }: QuantizedMatrix): Float32Array {
  // The product of two float32 values, as a float32 engine would compute it.
  const factor = Math.fround(scale)
  return new Float32Array(values).map((value) => value * factor)
}

function wrong(message: string): VoxbridgeError {
  return new VoxbridgeError('ERR_MODEL_FORMAT', `Marian model: ${message}`)
}
