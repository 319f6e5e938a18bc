/**
 * Builds ONNX graphs by hand, node by node.
 *
 * @example
 * const graph = new GraphBuilder('double')
 * graph.input('x', 'float32', ['n'])
 * graph.node('Mul', ['x', graph.scalar('two', 2)], { outputs: ['y'] })
 * graph.output('y', 'float32', ['n'])
 * const bytes = graph.build({ irVersion: 9, opset: 20 })
 */
import {
  type AttributeValue,
  type ElementType,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
  type StoredElements,
  elementType,
  encodeAttribute,
  encodeValue,
  modelMessage,
} from './model.ts'

export type TensorData = Float32Array | Int8Array | Uint8Array | Int32Array | BigInt64Array | Uint16Array

export interface NodeOptions {
  /** Names of the outputs; one generated name when left out. An empty string skips an optional output. */
  readonly outputs?: readonly string[]
  readonly domain?: string
  readonly attributes?: Readonly<Record<string, AttributeValue>>
}

export interface BuildOptions {
  readonly irVersion: number
  readonly opset: number
}

/** Where the elements of large constants go while a graph is built, see `writeGraph`. */
export interface ElementStore {
  add(bytes: Uint8Array): StoredElements
}

const microsoft = 'com.microsoft'
/** Below this size constants stay in the graph: shapes and axes have to be known before a model runs. */
const smallestStoredBytes = 1024

export class GraphBuilder {
  readonly #name: string
  readonly #store: ElementStore | undefined
  readonly #nodes: OnnxNode[] = []
  readonly #initializers = new Map<string, OnnxTensor<Uint8Array | StoredElements>>()
  readonly #inputs: OnnxValue[] = []
  readonly #outputs: OnnxValue[] = []
  #counter = 0

  constructor(name: string, store?: ElementStore) {
    this.#name = name
    this.#store = store
  }

  /** A name that no other value of this graph has. */
  unique(prefix: string): string {
    return `${prefix}_${++this.#counter}`
  }

  input(name: string, type: ElementType, shape: readonly (number | string)[]): string {
    this.#inputs.push(encodeValue(name, type, shape))
    return name
  }

  output(name: string, type: ElementType, shape: readonly (number | string)[]): string {
    this.#outputs.push(encodeValue(name, type, shape))
    return name
  }

  /**
   * Adds a constant. `Uint16Array` is taken as the bits of float16 values. With a store, the array may be used again.
   * @throws RangeError when the shape does not fit the data, or the name is taken: onnxruntime loads a model with
   *   two constants of one name and fails only when it runs.
   */
  constant(name: string, dims: readonly number[], data: TensorData): string {
    if (this.#initializers.has(name)) throw new RangeError(`onnx: two constants are named ${name}`)
    const elements = dims.reduce((product, dim) => product * dim, 1)
    if (elements !== data.length) {
      throw new RangeError(
        `onnx: ${name} has ${data.length} elements, its shape [${dims.join(', ')}] needs ${elements}`,
      )
    }
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    const kept = this.#store ? keep(bytes, this.#store) : bytes
    this.#initializers.set(name, { name, dims, dataType: elementType[elementTypeOf(data)], data: kept })
    return name
  }

  /** The constant of that name, added the first time it is asked for. */
  shared(name: string, dims: readonly number[], data: () => TensorData): string {
    return this.#initializers.has(name) ? name : this.constant(name, dims, data())
  }

  /** A float32 constant without dimensions, shared by name. */
  scalar(name: string, value: number): string {
    return this.shared(name, [], () => Float32Array.of(value))
  }

  /** A one-dimensional int64 constant, shared by its values. */
  integers(...values: number[]): string {
    return this.shared(`i64_${values.join('_')}`, [values.length], () => BigInt64Array.from(values, BigInt))
  }

  /** Adds a node and returns the name of its first output. */
  node(opType: string, inputs: readonly string[], options: NodeOptions = {}): string {
    const outputs = options.outputs ?? [this.unique(opType.toLowerCase())]
    const attributes = Object.entries(options.attributes ?? {}).map(([name, value]) =>
      encodeAttribute(name, value),
    )
    const name = this.unique(`n_${opType}`)
    this.#nodes.push({ opType, domain: options.domain ?? '', name, inputs, outputs, attributes })
    return outputs[0] ?? ''
  }

  /** Adds a node of onnxruntime's own operator set. */
  microsoft(opType: string, inputs: readonly string[], options: Omit<NodeOptions, 'domain'> = {}): string {
    return this.node(opType, inputs, { ...options, domain: microsoft })
  }

  build(options: BuildOptions): Uint8Array {
    return modelMessage(this.model(options)).finish()
  }

  /** The graph as it stands, with the constants where they are. */
  model({ irVersion, opset }: BuildOptions): OnnxModel<Uint8Array | StoredElements> {
    const opsets = [{ domain: '', version: opset }]
    if (this.#nodes.some((node) => node.domain === microsoft)) opsets.push({ domain: microsoft, version: 1 })
    return {
      irVersion,
      producer: 'voxbridge',
      opsets,
      name: this.#name,
      nodes: this.#nodes,
      initializers: [...this.#initializers.values()],
      inputs: this.#inputs,
      outputs: this.#outputs,
    }
  }
}

function keep(bytes: Uint8Array, store: ElementStore): Uint8Array | StoredElements {
  return bytes.length < smallestStoredBytes ? bytes.slice() : store.add(bytes)
}

function elementTypeOf(data: TensorData): ElementType {
  if (data instanceof Float32Array) return 'float32'
  if (data instanceof Int8Array) return 'int8'
  if (data instanceof Uint8Array) return 'uint8'
  if (data instanceof Int32Array) return 'int32'
  if (data instanceof BigInt64Array) return 'int64'
  return 'float16'
}
