/**
 * ONNX models as plain objects, and their file format
 * (field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
 *
 * Attributes and value types stay in their encoded form, so a model that is read, changed in a few nodes and
 * written again loses nothing that this file does not know about.
 */
import { ProtoWriter, type StoredBytes, readFields, readString, readVarints } from './protobuf.ts'

/** Element types of a tensor, by their ONNX number. */
export const elementType = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
} as const
export type ElementType = keyof typeof elementType

/** Elements that are in a file: a range of it. */
export interface StoredElements extends StoredBytes {
  readonly offset: number
}

export interface OnnxTensor<Data = Uint8Array> {
  readonly name: string
  readonly dims: readonly number[]
  /** One of the numbers of `elementType`, or another that ONNX defines. */
  readonly dataType: number
  /** Elements in row-major order, little endian. */
  readonly data: Data
}

export interface OnnxAttribute {
  readonly name: string
  /** The whole AttributeProto. */
  readonly encoded: Uint8Array
}

export interface OnnxNode {
  readonly opType: string
  readonly domain: string
  readonly name: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: readonly OnnxAttribute[]
}

export interface OnnxValue {
  readonly name: string
  /** The whole ValueInfoProto. */
  readonly encoded: Uint8Array
}

export interface OnnxModel<Data = Uint8Array> {
  readonly irVersion: number
  readonly producer: string
  readonly opsets: readonly { readonly domain: string; readonly version: number }[]
  readonly name: string
  readonly nodes: readonly OnnxNode[]
  readonly initializers: readonly OnnxTensor<Data>[]
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
}

/** The value of an attribute, with the kind that ONNX cannot infer from a JavaScript number. */
export type AttributeValue =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly ints: readonly number[] }

export function encodeAttribute(name: string, value: AttributeValue): OnnxAttribute {
  const writer = new ProtoWriter().string(1, name)
  if ('int' in value) writer.varint(3, value.int).varint(20, 2)
  else if ('float' in value) writer.float(2, value.float).varint(20, 1)
  else if ('string' in value) writer.string(4, value.string).varint(20, 3)
  else {
    for (const item of value.ints) writer.varint(8, item)
    writer.varint(20, 7)
  }
  return { name, encoded: writer.finish() }
}

/** The integers of an `int` or `ints` attribute; undefined where the node does not have it. */
export function readIntsAttribute(node: OnnxNode, name: string): number[] | undefined {
  const attribute = node.attributes.find((candidate) => candidate.name === name)
  if (!attribute) return undefined
  const fields = [...readFields(attribute.encoded)].filter(({ field }) => field === 3 || field === 8)
  return fields.flatMap((field) => readVarints(field).map(Number))
}

/** Describes a graph input or output. A string in `shape` names a dimension that varies from run to run. */
export function encodeValue(name: string, type: ElementType, shape: readonly (number | string)[]): OnnxValue {
  const dims = new ProtoWriter()
  for (const dim of shape) {
    const entry =
      typeof dim === 'number' ? new ProtoWriter().varint(1, dim) : new ProtoWriter().string(2, dim)
    dims.message(1, entry)
  }
  const tensor = new ProtoWriter().varint(1, elementType[type]).message(2, dims)
  const encoded = new ProtoWriter().string(1, name).message(2, new ProtoWriter().message(1, tensor)).finish()
  return { name, encoded }
}

function encodeTensor(
  { name, dims, dataType, data }: OnnxTensor<Uint8Array | StoredElements>,
  dataFile?: string,
): ProtoWriter {
  const writer = new ProtoWriter()
  for (const dim of dims) writer.varint(1, dim)
  writer.varint(2, dataType).string(8, name)
  if (dataFile === undefined || data instanceof Uint8Array) return writer.bytes(9, data)
  const place = { location: dataFile, offset: String(data.offset), length: String(data.lengthBytes) }
  for (const [key, value] of Object.entries(place)) {
    writer.message(13, new ProtoWriter().string(1, key).string(2, value))
  }
  return writer.varint(14, 1)
}

function encodeNode(node: OnnxNode): ProtoWriter {
  const writer = new ProtoWriter()
  for (const input of node.inputs) writer.string(1, input)
  for (const output of node.outputs) writer.string(2, output)
  writer.string(3, node.name).string(4, node.opType)
  for (const attribute of node.attributes) writer.bytes(5, attribute.encoded)
  if (node.domain !== '') writer.string(7, node.domain)
  return writer
}

/** Writes a model file. The same model always gives the same bytes. */
export function encodeModel(model: OnnxModel): Uint8Array {
  return modelMessage(model).finish()
}

/**
 * A model file as a message that is still to be written.
 * @param dataFile The file beside it where stored elements are and stay; left out, they become part of the message.
 */
export function modelMessage(model: OnnxModel<Uint8Array | StoredElements>, dataFile?: string): ProtoWriter {
  const graph = new ProtoWriter()
  for (const node of model.nodes) graph.message(1, encodeNode(node))
  graph.string(2, model.name)
  for (const tensor of model.initializers) graph.message(5, encodeTensor(tensor, dataFile))
  for (const value of model.inputs) graph.bytes(11, value.encoded)
  for (const value of model.outputs) graph.bytes(12, value.encoded)
  const writer = new ProtoWriter().varint(1, model.irVersion).string(2, model.producer).message(7, graph)
  for (const { domain, version } of model.opsets) {
    writer.message(8, new ProtoWriter().string(1, domain).varint(2, version))
  }
  return writer
}

const elementBytes: Readonly<Record<number, number>> = { 1: 4, 2: 1, 3: 1, 6: 4, 7: 8, 9: 1, 10: 2, 11: 8 }

/** Tensors may hold their elements in typed fields instead of raw bytes; both become raw bytes here. */
function decodeTensor(bytes: Uint8Array): OnnxTensor {
  const dims: number[] = []
  let name = ''
  let dataType = 0
  let data: Uint8Array | undefined
  const integers: bigint[] = []
  const packed: Uint8Array[] = []
  for (const field of readFields(bytes)) {
    if (field.field === 1) dims.push(...readVarints(field).map(Number))
    else if (field.field === 2) dataType = Number(field.value)
    else if (field.field === 4 || field.field === 10) packed.push(field.bytes)
    else if (field.field === 5 || field.field === 7) integers.push(...readVarints(field))
    else if (field.field === 8) name = readString(field)
    else if (field.field === 9) data = field.bytes
    else if (field.field === 13 || (field.field === 14 && field.value !== 0n)) {
      throw new RangeError(`onnx: tensor ${name} keeps its data in another file, which is not supported`)
    }
  }
  if (data === undefined && integers.length > 0) {
    const size = elementBytes[dataType]
    if (size === undefined) throw new RangeError(`onnx: tensor ${name} has the unsupported type ${dataType}`)
    data = new Uint8Array(integers.length * size)
    const view = new DataView(data.buffer)
    integers.forEach((value, index) => {
      for (let byte = 0; byte < size; byte++) {
        view.setUint8(index * size + byte, Number((value >> BigInt(8 * byte)) & 0xffn))
      }
    })
  }
  return { name, dims, dataType, data: data ?? Uint8Array.from(Buffer.concat(packed)) }
}

function decodeNode(bytes: Uint8Array): OnnxNode {
  const inputs: string[] = []
  const outputs: string[] = []
  const attributes: OnnxAttribute[] = []
  let opType = ''
  let domain = ''
  let name = ''
  for (const field of readFields(bytes)) {
    if (field.field === 1) inputs.push(readString(field))
    else if (field.field === 2) outputs.push(readString(field))
    else if (field.field === 3) name = readString(field)
    else if (field.field === 4) opType = readString(field)
    else if (field.field === 5) attributes.push({ name: firstString(field.bytes), encoded: field.bytes })
    else if (field.field === 7) domain = readString(field)
  }
  return { opType, domain, name, inputs, outputs, attributes }
}

/** The string in field 1, which is the name in AttributeProto and ValueInfoProto and the domain of an opset. */
function firstString(bytes: Uint8Array): string {
  for (const field of readFields(bytes)) if (field.field === 1) return readString(field)
  return ''
}

/**
 * Reads a model file.
 * @throws RangeError where the bytes are no ONNX model or keep weights in another file.
 */
export function decodeModel(bytes: Uint8Array): OnnxModel {
  let irVersion = 0
  let producer = ''
  let name = ''
  const opsets: { domain: string; version: number }[] = []
  const nodes: OnnxNode[] = []
  const initializers: OnnxTensor[] = []
  const inputs: OnnxValue[] = []
  const outputs: OnnxValue[] = []
  for (const field of readFields(bytes)) {
    if (field.field === 1) irVersion = Number(field.value)
    else if (field.field === 2) producer = readString(field)
    else if (field.field === 8) {
      let version = 0
      for (const part of readFields(field.bytes)) if (part.field === 2) version = Number(part.value)
      opsets.push({ domain: firstString(field.bytes), version })
    } else if (field.field === 7) {
      for (const part of readFields(field.bytes)) {
        if (part.field === 1) nodes.push(decodeNode(part.bytes))
        else if (part.field === 2) name = readString(part)
        else if (part.field === 5) initializers.push(decodeTensor(part.bytes))
        else if (part.field === 11) inputs.push({ name: firstString(part.bytes), encoded: part.bytes })
        else if (part.field === 12) outputs.push({ name: firstString(part.bytes), encoded: part.bytes })
      }
    }
  }
  if (opsets.length === 0) throw new RangeError('onnx: this is not an ONNX model (it names no operator set)')
  return { irVersion, producer, opsets, name, nodes, initializers, inputs, outputs }
}
