/**
 * The layers of a Marian student as ONNX nodes. All are post-norm: y = LayerNorm(x + layer(x)). Hidden values are
 * float32 [1, length, D]: one sentence at a time, so no padding and no attention mask.
 */
import { type GraphBuilder } from '../../../models/onnx/graph-builder.ts'
import { type Architecture } from './architecture.ts'
import { type Weights, dequantize } from './weights.ts'

/** `int8` multiplies with the file's own 8-bit weights; `fp32` with the float32 values they stand for. */
export type Precision = 'int8' | 'fp32'

const layerNormEpsilon = 1e-6
const unsignedZero = 128

export class Layers {
  readonly graph: GraphBuilder
  readonly #weights: Weights
  readonly #architecture: Architecture
  readonly #precision: Precision

  constructor(graph: GraphBuilder, weights: Weights, architecture: Architecture, precision: Precision) {
    this.graph = graph
    this.#weights = weights
    this.#architecture = architecture
    this.#precision = precision
  }

  /** x W + b, or x W where `bias` is left out. `weight` is `rows` x `columns`. */
  affine(x: string, weight: string, bias: string | undefined, rows: number, columns: number): string {
    const matrix = this.#weights.matrix(weight, rows, columns)
    const biasName =
      bias === undefined ? [] : [this.graph.constant(bias, [columns], this.#weights.vector(bias, columns))]
    if (this.#precision === 'fp32') {
      const product = this.graph.node('MatMul', [
        x,
        this.graph.constant(weight, [rows, columns], dequantize(matrix)),
      ])
      return bias === undefined ? product : this.graph.node('Add', [product, ...biasName])
    }
    // The weights go in as uint8 around 128: with int8, the kernels of x86 processors without VNNI add two products
    // in 16 bits and saturate. The products are the same, and equal on all processors.
    const unsigned = new Uint8Array(matrix.values).map((value) => value + unsignedZero)
    return this.graph.microsoft('DynamicQuantizeMatMul', [
      x,
      this.graph.constant(weight, [rows, columns], unsigned),
      this.graph.scalar(`${weight}_quant_scale`, matrix.scale),
      this.graph.shared('quant_zero', [], () => Uint8Array.of(unsignedZero)),
      ...biasName,
    ])
  }

  /** LayerNorm(x + residual) with the parameters `<prefix>_ln_scale` and `<prefix>_ln_bias`. */
  addAndNorm(x: string, residual: string, prefix: string): string {
    const width = this.#architecture.embedding
    const parameters = ['scale', 'bias'].map((kind) => {
      const name = `${prefix}_ln_${kind}`
      return this.graph.constant(name, [width], this.#weights.vector(name, width))
    })
    return this.graph.node('LayerNormalization', [this.graph.node('Add', [x, residual]), ...parameters], {
      attributes: { axis: { int: -1 }, epsilon: { float: layerNormEpsilon } },
    })
  }

  /** One of the projections q, k, v of an attention layer, split into heads. Keys come transposed. */
  projection(x: string, prefix: string, kind: 'q' | 'k' | 'v', output?: string): string {
    const { embedding, heads } = this.#architecture
    const projected = this.affine(x, `${prefix}_W${kind}`, `${prefix}_b${kind}`, embedding, embedding)
    const split = this.graph.node('Reshape', [projected, this.graph.integers(0, 0, heads, embedding / heads)])
    return this.graph.node('Transpose', [split], {
      attributes: { perm: { ints: kind === 'k' ? [0, 2, 3, 1] : [0, 2, 1, 3] } },
      ...(output === undefined ? {} : { outputs: [output] }),
    })
  }

  /** softmax(q k / sqrt(D / heads)) v, joined again and projected by Wo. */
  attention(query: string, key: string, value: string, prefix: string): string {
    const { embedding, heads } = this.#architecture
    const scale = this.graph.scalar('attention_scale', 1 / Math.sqrt(embedding / heads))
    const scores = this.graph.node('MatMul', [this.graph.node('Mul', [query, scale]), key])
    const weights = this.graph.node('Softmax', [scores], { attributes: { axis: { int: -1 } } })
    const context = this.graph.node('Transpose', [this.graph.node('MatMul', [weights, value])], {
      attributes: { perm: { ints: [0, 2, 1, 3] } },
    })
    const joined = this.graph.node('Reshape', [context, this.graph.integers(0, 0, embedding)])
    return this.affine(joined, `${prefix}_Wo`, `${prefix}_bo`, embedding, embedding)
  }

  /** LayerNorm(x + W2 relu(W1 x + b1) + b2). */
  feedForward(x: string, prefix: string): string {
    const { embedding, feedForward } = this.#architecture
    const inner = this.affine(x, `${prefix}_W1`, `${prefix}_b1`, embedding, feedForward)
    const relu = this.graph.node('Relu', [inner])
    const outer = this.affine(relu, `${prefix}_W2`, `${prefix}_b2`, feedForward, embedding)
    return this.addAndNorm(outer, x, `${prefix}_ffn`)
  }

  /**
   * Simpler simple recurrent unit (Kim et al. 2019, "From Research to Production and Back"): with z = x W and
   * f = sigmoid(x Wf + bf), the cell becomes f * cell + (1 - f) * z and the output is relu(cell).
   */
  recurrence(x: string, cell: string, prefix: string, cellOutput: string): string {
    const { embedding } = this.#architecture
    const candidate = this.affine(x, `${prefix}_W`, undefined, embedding, embedding)
    const gate = this.graph.node('Sigmoid', [
      this.affine(x, `${prefix}_Wf`, `${prefix}_bf`, embedding, embedding),
    ])
    const kept = this.graph.node('Mul', [gate, this.graph.node('Sub', [cell, candidate])])
    this.graph.node('Add', [candidate, kept], { outputs: [cellOutput] })
    return this.addAndNorm(this.graph.node('Relu', [cellOutput]), x, `${prefix}_ffn`)
  }
}
