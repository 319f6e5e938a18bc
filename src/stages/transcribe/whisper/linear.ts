import { type Ctranslate2File } from './ctranslate2-file.ts'

/** A linear layer as CTranslate2 stores it. */
export interface Linear {
  readonly name: string
  readonly inputs: number
  readonly outputs: number
  readonly bias: Float32Array | undefined
  /**
   * Reads the weight, row-major [outputs, inputs]. The caller may change the values; they are gone when the weight of
   * another layer is read, for together they may be larger than memory.
   */
  weight(): Float32Array
}

export function readLinear(file: Ctranslate2File, name: string): Linear {
  const [outputs = 0, inputs = 0] = file.dims(`${name}/weight`)
  const bias = file.has(`${name}/bias`) ? file.floats(`${name}/bias`) : undefined
  return { name, inputs, outputs, bias, weight: () => file.weight(`${name}/weight`) }
}

/** The outputs `from` to `to` of a layer that computes several things at once, as a layer with its own name. */
export function sliceOutputs(layer: Linear, name: string, from: number, to: number): Linear {
  return {
    name,
    inputs: layer.inputs,
    outputs: to - from,
    bias: layer.bias?.subarray(from, to),
    weight: () => layer.weight().subarray(from * layer.inputs, to * layer.inputs),
  }
}
