/** Writes the layers that Whisper's encoder and decoder share into a graph, in floating point or in 8 bits. */
import { encodeFloat16 } from '../../../models/onnx/float16.ts'
import { type GraphBuilder } from '../../../models/onnx/graph-builder.ts'
import { elementType } from '../../../models/onnx/model.ts'
import { type Ctranslate2File } from './ctranslate2-file.ts'
import { type Linear, readLinear } from './linear.ts'
import { ReusedMemory } from './reused-memory.ts'
import { quantizeColumns, smoothNorm, transpose } from './quantize.ts'

/**
 * `int8`: matrix products in 8 bits, the rest in float32. `fp16`: everything in float16, for GPUs; inputs and outputs
 * of the graphs are float32 all the same, so whoever runs them need not know.
 */
export type Precision = 'fp32' | 'fp16' | 'int8'

/** A value and the layers that read it. */
interface Normalized {
  readonly state: string
  readonly layers: readonly Linear[]
}

interface QuantizedActivation {
  readonly values: string
  readonly scale: string
  readonly zeroPoint: string
}

/** The last axis of a one-dimensional list of axes. */
const lastAxis = -1

export class LayerWriter {
  readonly graph: GraphBuilder
  readonly file: Ctranslate2File
  readonly precision: Precision
  readonly #quantized = new Map<string, QuantizedActivation>()
  readonly #halves = new ReusedMemory()
  readonly #columns = new ReusedMemory()

  constructor(graph: GraphBuilder, file: Ctranslate2File, precision: Precision) {
    this.graph = graph
    this.file = file
    this.precision = precision
  }

  /** A floating point variable of the file as a constant of the type that the graph computes with. */
  floats(name: string): string {
    return this.graph.shared(name, this.file.dims(name), () => this.#typed(this.file.weight(name)))
  }

  /** Adds a float32 input to the graph. @returns the value in the type that the graph computes with */
  input(name: string, shape: readonly (number | string)[]): string {
    this.graph.input(name, 'float32', shape)
    return this.precision === 'fp16' ? this.#cast(name, elementType.float16) : name
  }

  /** What to call the value that `output` makes the output `name`. */
  resultName(name: string): string {
    return this.precision === 'fp16' ? `${name}_fp16` : name
  }

  /** Adds a float32 output to the graph: the value that is called `resultName(name)`. */
  output(name: string, shape: readonly (number | string)[]): void {
    if (this.precision === 'fp16') this.#cast(this.resultName(name), elementType.float32, [name])
    this.graph.output(name, 'float32', shape)
  }

  #cast(input: string, to: number, outputs?: readonly string[]): string {
    return this.graph.node('Cast', [input], { attributes: { to: { int: to } }, ...(outputs && { outputs }) })
  }

  #typed(values: Float32Array): Float32Array | Uint16Array {
    return this.precision === 'fp16' ? encodeFloat16(values, this.#halves.uint16(values.length)) : values
  }

  /**
   * Layer normalisation in front of linear layers. In 8 bits, part of the spread between its channels moves into the
   * layers, which are returned as they have to be written.
   */
  normalize(input: string, name: string, layers: readonly Linear[]): Normalized {
    const norm = { gain: this.file.floats(`${name}/gamma`), bias: this.file.floats(`${name}/beta`) }
    const smooth = this.precision === 'int8' ? smoothNorm(norm, layers) : { ...norm, layers }
    const gain = this.graph.constant(`${name}/gamma`, [smooth.gain.length], this.#typed(smooth.gain))
    const bias = this.graph.constant(`${name}/beta`, [smooth.bias.length], this.#typed(smooth.bias))
    const state = this.graph.node('LayerNormalization', [input, gain, bias], {
      attributes: { axis: { int: -1 }, epsilon: { float: 1e-5 } },
    })
    return { state, layers: smooth.layers }
  }

  linear(input: string, layer: Linear, outputs?: readonly string[]): string {
    return this.#addBias(this.#product(input, layer, layer.bias ? undefined : outputs), layer, outputs)
  }

  /**
   * The same for inputs where few rows have far larger values than the rest: in 8 bits each row gets a scale of its
   * own. Values below -1 must not occur, as behind a GELU.
   */
  #linearByRow(input: string, layer: Linear): string {
    if (this.precision !== 'int8') return this.linear(input, layer)
    const { graph } = this
    const largest = graph.node('ReduceMax', [input, graph.integers(lastAxis)], {
      attributes: { keepdims: { int: 1 } },
    })
    const rowScale = graph.node('Max', [largest, graph.scalar('least_row_scale', 1)])
    const product = this.#product(graph.node('Div', [input, rowScale]), layer)
    return this.#addBias(graph.node('Mul', [product, rowScale]), layer)
  }

  #addBias(product: string, { name, bias }: Linear, outputs?: readonly string[]): string {
    if (!bias) return product
    const constant = this.graph.constant(`${name}/bias`, [bias.length], this.#typed(bias))
    return this.graph.node('Add', [product, constant], outputs ? { outputs } : {})
  }

  #product(input: string, layer: Linear, outputs?: readonly string[]): string {
    return this.precision === 'int8'
      ? this.#int8Product(input, layer, outputs)
      : this.#floatProduct(input, layer, outputs)
  }

  #floatProduct(input: string, layer: Linear, outputs?: readonly string[]): string {
    const { name, inputs, outputs: columns } = layer
    const weight = this.graph.constant(`${name}/weight`, [inputs, columns], this.#transposed(layer))
    return this.graph.node('MatMul', [input, weight], outputs ? { outputs } : {})
  }

  #transposed({ inputs, outputs, ...layer }: Linear): Float32Array | Uint16Array {
    const values = this.#typed(layer.weight())
    return values instanceof Float32Array
      ? transpose(values, outputs, inputs, this.#columns.float32(values.length))
      : transpose(values, outputs, inputs, this.#columns.uint16(values.length))
  }

  /**
   * The four operators of dynamic quantisation, which onnxruntime fuses into one. Activations get one scale for the
   * whole tensor, weights one for each output.
   */
  #int8Product(input: string, layer: Linear, outputs?: readonly string[]): string {
    const { graph } = this
    const values = this.#columns.int8(layer.inputs * layer.outputs)
    const scales = quantizeColumns(layer, values)
    const activation = this.#quantize(input)
    const columns = graph.constant(`${layer.name}/weight`, [layer.inputs, layer.outputs], values)
    const zeroPoints = graph.shared(
      `zero_points_${layer.outputs}`,
      [layer.outputs],
      () => new Int8Array(layer.outputs),
    )
    const sums = graph.node('MatMulInteger', [activation.values, columns, activation.zeroPoint, zeroPoints])
    const columnScales = graph.constant(`${layer.name}/scale`, [layer.outputs], scales)
    const scale = graph.node('Mul', [activation.scale, columnScales])
    const product = this.#cast(sums, elementType.float32)
    return graph.node('Mul', [product, scale], outputs ? { outputs } : {})
  }

  #quantize(input: string): QuantizedActivation {
    const known = this.#quantized.get(input)
    if (known) return known
    const activation = {
      values: this.graph.unique('quantized'),
      scale: this.graph.unique('scale'),
      zeroPoint: this.graph.unique('zero_point'),
    }
    const outputs = [activation.values, activation.scale, activation.zeroPoint]
    this.graph.node('DynamicQuantizeLinear', [input], { outputs })
    this.#quantized.set(input, activation)
    return activation
  }

  /** Normalisation, linear, GELU (exact), linear, added to the input. */
  feedForward(input: string, name: string): string {
    const first = readLinear(this.file, `${name}/linear_0`)
    const { state, layers } = this.normalize(input, `${name}/layer_norm`, [first])
    const [expand = first] = layers
    const active = this.graph.node('Gelu', [this.linear(state, expand)])
    const contracted = this.#linearByRow(active, readLinear(this.file, `${name}/linear_1`))
    return this.graph.node('Add', [input, contracted])
  }

  /** Normalisation and one product for query, key and value, split in three. */
  queryKeyValue(input: string, name: string): [string, string, string] {
    const joined = readLinear(this.file, `${name}/linear_0`)
    const { state, layers } = this.normalize(input, `${name}/layer_norm`, [joined])
    const outputs: [string, string, string] = [
      this.graph.unique('query'),
      this.graph.unique('key'),
      this.graph.unique('value'),
    ]
    const attributes = { axis: { int: -1 }, num_outputs: { int: 3 } }
    this.graph.node('Split', [this.linear(state, layers[0] ?? joined)], { outputs, attributes })
    return outputs
  }
}
