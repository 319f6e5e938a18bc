import { type Ctranslate2File } from './ctranslate2-file.ts'

/** A linear layer as CTranslate2 stores it. */
export interface Linear {
  readonly name: string
  /** Row-major [outputs, inputs]. */
  readonly weight: Float32Array
  readonly bias: Float32Array | undefined
  readonly inputs: number
  readonly outputs: number
}

export function readLinear(file: Ctranslate2File, name: string): Linear {
  const [outputs = 0, inputs = 0] = file.dims(`${name}/weight`)
  const bias = file.has(`${name}/bias`) ? file.floats(`${name}/bias`) : undefined
  return { name, weight: file.floats(`${name}/weight`), bias, inputs, outputs }
}

/** The outputs `from` to `to` of a layer that computes several things at once, as a layer with its own name. */
export function sliceOutputs(layer: Linear, name: string, from: number, to: number): Linear {
  return {
    name,
    weight: layer.weight.subarray(from * layer.inputs, to * layer.inputs),
    bias: layer.bias?.subarray(from, to),
    inputs: layer.inputs,
    outputs: to - from,
  }
}
