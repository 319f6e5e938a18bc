/**
 * The part of the protocol buffer wire format that ONNX files use: varints, 32-bit floats and
 * length-delimited fields (https://protobuf.dev/programming-guides/encoding).
 */

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** A payload that is elsewhere until it is written. */
export interface StoredBytes {
  readonly lengthBytes: number
  /** The bytes in pieces. */
  read(): Iterable<Uint8Array>
}

/** Writes one message. Payloads given to `bytes` are kept by reference until the message is written. */
export class ProtoWriter {
  readonly #chunks: (Uint8Array | StoredBytes)[] = []
  #lengthBytes = 0

  get lengthBytes(): number {
    return this.#lengthBytes
  }

  #push(chunk: Uint8Array | StoredBytes): void {
    this.#chunks.push(chunk)
    this.#lengthBytes += lengthOf(chunk)
  }

  #rawVarint(value: bigint): void {
    // Negative integers are sent as their 64-bit two's complement, hence ten bytes.
    let rest = BigInt.asUintN(64, value)
    const bytes: number[] = []
    while (rest > 0x7fn) {
      bytes.push(Number(rest & 0x7fn) | 0x80)
      rest >>= 7n
    }
    bytes.push(Number(rest))
    this.#push(Uint8Array.from(bytes))
  }

  varint(field: number, value: number | bigint): this {
    this.#rawVarint(BigInt(field << 3))
    this.#rawVarint(BigInt(value))
    return this
  }

  float(field: number, value: number): this {
    this.#rawVarint(BigInt((field << 3) | 5))
    const bytes = new Uint8Array(4)
    new DataView(bytes.buffer).setFloat32(0, value, true)
    this.#push(bytes)
    return this
  }

  bytes(field: number, value: Uint8Array | StoredBytes): this {
    this.#rawVarint(BigInt((field << 3) | 2))
    this.#rawVarint(BigInt(lengthOf(value)))
    this.#push(value)
    return this
  }

  string(field: number, value: string): this {
    return this.bytes(field, encoder.encode(value))
  }

  /** Writes a nested message without copying its payloads. */
  message(field: number, nested: ProtoWriter): this {
    this.#rawVarint(BigInt((field << 3) | 2))
    this.#rawVarint(BigInt(nested.#lengthBytes))
    for (const chunk of nested.#chunks) this.#push(chunk)
    return this
  }

  /** The message in pieces, for one that would not fit in memory. */
  *pieces(): Generator<Uint8Array> {
    for (const chunk of this.#chunks) {
      if (chunk instanceof Uint8Array) yield chunk
      else yield* chunk.read()
    }
  }

  finish(): Uint8Array {
    const out = new Uint8Array(this.#lengthBytes)
    let offset = 0
    for (const chunk of this.pieces()) {
      out.set(chunk, offset)
      offset += chunk.length
    }
    return out
  }
}

function lengthOf(payload: Uint8Array | StoredBytes): number {
  return payload instanceof Uint8Array ? payload.length : payload.lengthBytes
}

/** One field as it stands on the wire: `value` for varints and fixed fields, `bytes` for the rest. */
export interface ProtoField {
  readonly field: number
  readonly wireType: number
  readonly value: bigint
  readonly bytes: Uint8Array
}

const noBytes = new Uint8Array(0)

/**
 * Reads the fields of one message in order. `bytes` are views into `message`, not copies.
 * @throws RangeError where the message is cut off or uses a wire type that ONNX does not.
 */
export function* readFields(message: Uint8Array): Generator<ProtoField> {
  let offset = 0
  const varint = (): bigint => {
    let result = 0n
    let shift = 0n
    for (;;) {
      const byte = message[offset++]
      if (byte === undefined || shift > 63n) throw new RangeError('protobuf: the message is cut off')
      result |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return result
      shift += 7n
    }
  }
  const take = (length: number): Uint8Array => {
    if (offset + length > message.length) throw new RangeError('protobuf: the message is cut off')
    offset += length
    return message.subarray(offset - length, offset)
  }
  while (offset < message.length) {
    const tag = Number(varint())
    const field = tag >>> 3
    const wireType = tag & 7
    if (wireType === 0) yield { field, wireType, value: varint(), bytes: noBytes }
    else if (wireType === 2) yield { field, wireType, value: 0n, bytes: take(Number(varint())) }
    else if (wireType === 5) yield { field, wireType, value: 0n, bytes: take(4) }
    else if (wireType === 1) yield { field, wireType, value: 0n, bytes: take(8) }
    else throw new RangeError(`protobuf: wire type ${wireType} at byte ${offset} is not supported`)
  }
}

/** Reads the varints of a packed or single repeated field. */
export function readVarints(field: ProtoField): bigint[] {
  if (field.wireType === 0) return [BigInt.asIntN(64, field.value)]
  const values: bigint[] = []
  let result = 0n
  let shift = 0n
  for (const byte of field.bytes) {
    result |= BigInt(byte & 0x7f) << shift
    shift += 7n
    if (byte < 0x80) {
      values.push(BigInt.asIntN(64, result))
      result = 0n
      shift = 0n
    }
  }
  return values
}

export function readString(field: ProtoField): string {
  return decoder.decode(field.bytes)
}
