/** IEEE 754 half precision, as bits in a `Uint16Array`. */

/** All values by their bits; looked up faster than computed. */
const valueOfBits = Float32Array.from({ length: 65536 }, (_, bits) => {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1024 + fraction) * 2 ** (exponent - 25)
})

/** @param values takes the result, and is it */
export function decodeFloat16(
  bits: Uint16Array,
  values: Float32Array = new Float32Array(bits.length),
): Float32Array {
  for (let index = 0; index < bits.length; index++) values[index] = valueOfBits[bits[index] ?? 0] ?? 0
  return values
}

/** float32 bits of the smallest magnitudes that are beyond half precision, and that are normal in it. */
const tooLarge = 0x47800000
const smallestNormal = 0x38800000
/** Moves the exponent from float32's bias to that of half precision, and rounds to nearest before 13 bits go. */
const rebias = ((15 - 127) << 23) + 0xfff

/**
 * Rounds to the nearest value, ties to even; what is too large becomes infinite.
 * @param bits takes the result, and is it
 */
export function encodeFloat16(
  values: Float32Array,
  bits: Uint16Array = new Uint16Array(values.length),
): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length)
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? 0
    const magnitude = word & 0x7fffffff
    bits[index] = ((word >>> 16) & 0x8000) | encodeMagnitude(magnitude, values[index] ?? 0)
  }
  return bits
}

function encodeMagnitude(magnitude: number, value: number): number {
  if (magnitude >= smallestNormal && magnitude < tooLarge) {
    return (magnitude + rebias + ((magnitude >>> 13) & 1)) >>> 13
  }
  if (magnitude < smallestNormal) return roundToEven(Math.abs(value) * 2 ** 24)
  return magnitude > 0x7f800000 ? 0x7e00 : 0x7c00
}

function roundToEven(value: number): number {
  const below = Math.floor(value)
  const rest = value - below
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below
}
