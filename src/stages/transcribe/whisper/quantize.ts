/** 8-bit weights, and the changes to a model that make 8-bit activations exact enough. */
import { type Linear } from './linear.ts'

/** Rows that are written together: consecutive outputs lie next to each other in the result. */
const tileRows = 64

/**
 * @param values row-major [rows, columns]
 * @param result takes the same row-major [columns, rows], and is returned
 */
export function transpose<Values extends Float32Array | Uint16Array>(
  values: Values,
  rows: number,
  columns: number,
  result: Values,
): Values {
  forEachTransposed(rows, columns, (from, to) => {
    result[to] = values[from] ?? 0
  })
  return result
}

/**
 * Symmetric 8-bit quantisation with one scale for each output: `weight[output][input]` is about
 * `values[input][output] * scales[output]`.
 *
 * @param values takes the quantised weight, row-major [inputs, outputs]
 * @returns the scales
 */
export function quantizeColumns({ inputs, outputs, ...layer }: Linear, values: Int8Array): Float32Array {
  const weight = layer.weight()
  const scales = new Float32Array(outputs)
  for (let output = 0; output < outputs; output++) {
    let largest = 0
    for (let index = output * inputs; index < (output + 1) * inputs; index++) {
      largest = Math.max(largest, Math.abs(weight[index] ?? 0))
    }
    // A row of zeros has no scale of its own; any will do.
    scales[output] = largest === 0 ? 1 : largest / 127
  }
  forEachTransposed(outputs, inputs, (from, to, output) => {
    values[to] = Math.round((weight[from] ?? 0) / (scales[output] ?? 1))
  })
  return scales
}

function forEachTransposed(
  rows: number,
  columns: number,
  visit: (from: number, to: number, row: number) => void,
): void {
  for (let tile = 0; tile < rows; tile += tileRows) {
    const end = Math.min(tile + tileRows, rows)
    for (let column = 0; column < columns; column++) {
      for (let row = tile; row < end; row++) visit(row * columns + column, column * rows + row, row)
    }
  }
}

/** How much of the spread between channels moves from the activations into the weights. */
const migration = 0.75
/** Normalised values seldom lie further out, in standard deviations. */
const usualRange = 3
const smallest = 1e-5

/**
 * Divides each channel that a layer normalisation gives by a factor and multiplies the weights that read it by the
 * same, which changes nothing but what 8 bits can tell apart: one channel with large values no longer sets the scale
 * of all (SmoothQuant, G. Xiao et al., 2022). The range of a channel is taken from gain and bias, so no sample of
 * audio is needed.
 */
export function smoothNorm(
  norm: { readonly gain: Float32Array; readonly bias: Float32Array },
  layers: readonly Linear[],
): { gain: Float32Array; bias: Float32Array; layers: readonly Linear[] } {
  const largest = largestWeights(layers)
  const factors = norm.gain.map((gain, channel) => {
    const range = Math.abs(norm.bias[channel] ?? 0) + usualRange * Math.abs(gain)
    const weight = largest[channel] ?? 0
    return Math.max(range, smallest) ** migration / Math.max(weight, smallest) ** (1 - migration)
  })
  const factor = (channel: number): number => factors[channel] ?? 1
  return {
    gain: norm.gain.map((gain, channel) => gain / factor(channel)),
    bias: norm.bias.map((bias, channel) => bias / factor(channel)),
    layers: layers.map((layer) => ({ ...layer, weight: () => scaleInputs(layer, factors) })),
  }
}

/** The largest magnitude among the weights of each input. */
function largestWeights(layers: readonly Linear[]): Float32Array {
  const [{ inputs } = { inputs: 0 }] = layers
  const largest = new Float32Array(inputs)
  for (const layer of layers) {
    const weight = layer.weight()
    for (let start = 0; start < weight.length; start += inputs) {
      for (let input = 0; input < inputs; input++) {
        largest[input] = Math.max(largest[input] ?? 0, Math.abs(weight[start + input] ?? 0))
      }
    }
  }
  return largest
}

function scaleInputs(layer: Linear, factors: Float32Array): Float32Array {
  const weight = layer.weight()
  for (let start = 0; start < weight.length; start += layer.inputs) {
    for (let input = 0; input < layer.inputs; input++) {
      weight[start + input] = (weight[start + input] ?? 0) * (factors[input] ?? 1)
    }
  }
  return weight
}
