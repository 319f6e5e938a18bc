/**
 * The convolutions of a dynamically quantised model, and how to put something else in their place.
 *
 * The pattern, as onnxruntime's `quantize_dynamic` writes it (the `Add` only where the convolution has a bias):
 *
 *     x -> DynamicQuantizeLinear -> ConvInteger -> Add(quantised bias) -> Cast -> Mul(x scale * weight scale) -> y
 */
import { VoxbridgeError } from '../../../errors.ts'
import { type OnnxModel, type OnnxNode, type OnnxTensor, elementType } from '../../../models/onnx/model.ts'
import { pruneUnused } from '../../../models/onnx/prune.ts'

/** A convolution over time of float values [1, channels, samples] with weights of 8 bits. */
export interface QuantisedConvolution {
  /** The `ConvInteger`. */
  readonly node: OnnxNode
  /** Name of the float value that is convolved. */
  readonly input: string
  /** Names of the float results. */
  readonly outputs: readonly string[]
  /** [output channels, input channels, taps] */
  readonly weight: OnnxTensor
  readonly weightBytes: Int8Array | Uint8Array
  /** The weights are (bytes - zero point) * scale. */
  readonly zeroPoint: number
  readonly scale: number
  /** Name of the float bias, if there is one. */
  readonly bias: string | undefined
}

export interface Replacement {
  readonly nodes: readonly OnnxNode[]
  readonly constants: readonly OnnxTensor[]
}

/**
 * @returns the same model where it has no integer convolution.
 * @throws VoxbridgeError ERR_MODEL_FORMAT where an integer convolution does not stand in the pattern above.
 */
export function replaceConvolutions(
  model: OnnxModel,
  replace: (convolution: QuantisedConvolution) => Replacement,
): OnnxModel {
  const graph = new GraphIndex(model)
  const replacements = new Map<OnnxNode, readonly OnnxNode[]>()
  const constants: OnnxTensor[] = []
  for (const node of model.nodes) {
    if (node.opType !== 'ConvInteger') continue
    const { last, ...convolution } = matchConvolution(graph, node)
    const replacement = replace(convolution)
    constants.push(...replacement.constants)
    replacements.set(last, replacement.nodes)
  }
  if (replacements.size === 0) return model
  return pruneUnused({
    ...model,
    nodes: model.nodes.flatMap((node) => replacements.get(node) ?? [node]),
    initializers: [...model.initializers, ...constants],
  })
}

/** `last` is the node whose output is the float result. */
function matchConvolution(
  graph: GraphIndex,
  node: OnnxNode,
): QuantisedConvolution & { readonly last: OnnxNode } {
  const [quantised, weight, , zeroPoint] = node.inputs
  const quantise = graph.producer(quantised, 'DynamicQuantizeLinear')
  let next = graph.onlyConsumer(node)
  let bias: string | undefined
  if (next.opType === 'Add') {
    bias = floatBias(graph, otherInput(next, node))
    next = graph.onlyConsumer(next)
  }
  if (next.opType !== 'Cast') throw unexpected(node, `is followed by ${next.opType} instead of Cast`)
  const last = graph.onlyConsumer(next)
  if (last.opType !== 'Mul') throw unexpected(node, `is scaled by ${last.opType} instead of Mul`)
  const scales = graph.producer(otherInput(last, next), 'Mul')
  const scale = scales.inputs.find((input) => graph.constants.has(input))
  const [input] = quantise.inputs
  if (input === undefined) throw unexpected(quantise, 'has no input')
  const [zero = 0, ...moreZeros] = integers(node, graph.constant(zeroPoint))
  const scaleBytes = graph.constant(scale).data
  // onnxruntime's ConvInteger takes no other.
  if (moreZeros.length > 0 || scaleBytes.length !== 4) throw unexpected(node, 'has more than one scale')
  const bytes = graph.constant(weight)
  return {
    node,
    input,
    outputs: last.outputs,
    weight: bytes,
    weightBytes: integers(node, bytes),
    zeroPoint: zero,
    scale: Buffer.from(scaleBytes).readFloatLE(),
    bias,
    last,
  }
}

/** Follows the arithmetic that quantises a bias in the graph back to the float bias it starts from. */
function floatBias(graph: GraphIndex, quantised: string | undefined): string {
  let name = graph.producer(quantised, 'Reshape').inputs[0]
  while (name !== undefined && !graph.constants.has(name)) {
    name = graph.producer(name, 'Cast', 'Floor', 'Round', 'Div').inputs[0]
  }
  return graph.constant(name).name
}

function integers(node: OnnxNode, tensor: OnnxTensor): Int8Array | Uint8Array {
  if (tensor.dataType === elementType.uint8) return tensor.data
  if (tensor.dataType === elementType.int8) {
    return new Int8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.length)
  }
  throw unexpected(node, `has weights of the ONNX type ${tensor.dataType} instead of int8 or uint8`)
}

function otherInput(node: OnnxNode, known: OnnxNode): string | undefined {
  return node.inputs.find((input) => !known.outputs.includes(input))
}

function unexpected(node: OnnxNode, what: string): VoxbridgeError {
  const name = node.name === '' ? node.opType : `${node.opType} ${node.name}`
  return new VoxbridgeError(
    'ERR_MODEL_FORMAT',
    `${name} ${what}: expected a model quantised by onnxruntime's quantize_dynamic, or a float one`,
  )
}

class GraphIndex {
  readonly constants: ReadonlyMap<string, OnnxTensor>
  readonly #producers = new Map<string, OnnxNode>()
  readonly #consumers = new Map<string, OnnxNode[]>()

  constructor(model: OnnxModel) {
    this.constants = new Map(model.initializers.map((tensor) => [tensor.name, tensor]))
    for (const node of model.nodes) {
      for (const output of node.outputs) this.#producers.set(output, node)
      for (const input of node.inputs) {
        const consumers = this.#consumers.get(input)
        if (consumers) consumers.push(node)
        else this.#consumers.set(input, [node])
      }
    }
  }

  producer(name: string | undefined, ...opTypes: string[]): OnnxNode {
    const node = this.#producers.get(name ?? '')
    if (node && opTypes.includes(node.opType)) return node
    throw new VoxbridgeError(
      'ERR_MODEL_FORMAT',
      `the value ${name} of an integer convolution comes from ${node?.opType ?? 'no node'}, expected ${opTypes.join(' or ')}`,
    )
  }

  onlyConsumer(node: OnnxNode): OnnxNode {
    const [consumer, ...more] = node.outputs.flatMap((output) => this.#consumers.get(output) ?? [])
    if (!consumer || more.length > 0) {
      throw unexpected(node, `has ${more.length + (consumer ? 1 : 0)} consumers instead of one`)
    }
    return consumer
  }

  constant(name: string | undefined): OnnxTensor {
    const tensor = this.constants.get(name ?? '')
    if (tensor) return tensor
    throw new VoxbridgeError(
      'ERR_MODEL_FORMAT',
      `the value ${name} of an integer convolution is not a constant`,
    )
  }
}
