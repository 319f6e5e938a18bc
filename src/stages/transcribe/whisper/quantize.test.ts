import t from 'tap'
import { type Linear } from './linear.ts'
import { quantizeColumns, smoothNorm, transpose } from './quantize.ts'

const layer: Linear = {
  name: 'layer',
  inputs: 4,
  outputs: 2,
  bias: undefined,
  weight: () => Float32Array.of(1, -2, 3, 0.25, 0, 0, 0, 0),
}

function apply({ inputs, outputs, ...read }: Linear, values: Float32Array): number[] {
  const weight = read.weight()
  return Array.from({ length: outputs }, (_, output) =>
    values.reduce((sum, value, input) => sum + value * (weight[output * inputs + input] ?? 0), 0),
  )
}

t.test('weights are written input by input', (t) => {
  t.same([...transpose(layer.weight(), 2, 4, new Float32Array(8))], [1, 0, -2, 0, 3, 0, 0.25, 0])
  t.same([...transpose(Uint16Array.of(1, 2, 3, 4, 5, 6), 3, 2, new Uint16Array(6))], [1, 3, 5, 2, 4, 6])
  t.end()
})

t.test('each output has the finest scale that holds its largest weight', (t) => {
  const values = new Int8Array(8)
  const scales = quantizeColumns(layer, values)
  t.same([...scales], [Math.fround(3 / 127), 1])
  t.same([...values], [42, 0, -85, 0, 127, 0, 11, 0])
  t.end()
})

t.test('smoothing evens the channels out and leaves the products alone', (t) => {
  const gain = Float32Array.of(1, 50, 1, 1)
  const bias = Float32Array.of(0, 10, -0.5, 0)
  const smooth = smoothNorm({ gain, bias }, [layer])
  const [smoothLayer = layer] = smooth.layers
  const normalized = Float32Array.of(0.5, -1, 2, 1)
  const before = apply(
    layer,
    normalized.map((value, index) => value * (gain[index] ?? 0) + (bias[index] ?? 0)),
  )
  const after = apply(
    smoothLayer,
    normalized.map((value, index) => value * (smooth.gain[index] ?? 0) + (smooth.bias[index] ?? 0)),
  )
  for (const [index, value] of after.entries()) t.ok(Math.abs(value - (before[index] ?? NaN)) < 1e-4)
  const spread = (values: Float32Array): number => Math.max(...values) / Math.min(...values)
  t.ok(spread(smooth.gain) < spread(gain) / 10, 'the gain is less uneven')
  t.end()
})
