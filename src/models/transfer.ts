export interface Packed {
  readonly value: unknown
  readonly transfer: ArrayBuffer[]
}

export interface PackOptions {
  /** Whether the sender goes on using the typed arrays: then copies of them move. */
  readonly keep?: boolean
}

/**
 * Prepares plain data for `postMessage`: typed arrays in it move instead of being copied. A view of part of a buffer
 * is copied first, because a transfer would take the whole buffer from those who use the rest.
 */
export function packForTransfer(value: unknown, { keep = false }: PackOptions = {}): Packed {
  const buffers = new Set<ArrayBuffer>()
  return { value: pack(value, buffers, keep), transfer: [...buffers] }
}

function pack(value: unknown, buffers: Set<ArrayBuffer>, keep: boolean): unknown {
  if (isTypedArray(value)) {
    // An empty one may have been moved before. In a transfer list it would get lost without an error; a copy of it
    // is refused by `postMessage`.
    if (!(value.buffer instanceof ArrayBuffer) || value.byteLength === 0) return value
    const whole = !keep && value.byteLength === value.buffer.byteLength ? value : value.slice()
    buffers.add(whole.buffer as ArrayBuffer)
    return whole
  }
  if (Array.isArray(value)) return value.map((entry) => pack(entry, buffers, keep))
  if (isPlainObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, pack(entry, buffers, keep)]))
  }
  return value
}

type TypedArray = Float32Array | Int16Array | Int32Array | Uint8Array | BigInt64Array

function isTypedArray(value: unknown): value is TypedArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView)
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}
