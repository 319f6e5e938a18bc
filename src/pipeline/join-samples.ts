/** Joins pieces of audio into one array. */
export function joinSamples(parts: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  return joinInto(new Float32Array(lengthOf(parts)), parts)
}

/** Joins pieces of PCM16 into one array. */
export function joinPcm(parts: readonly Int16Array[]): Int16Array<ArrayBuffer> {
  return joinInto(new Int16Array(lengthOf(parts)), parts)
}

function lengthOf(parts: readonly ArrayLike<number>[]): number {
  return parts.reduce((length, part) => length + part.length, 0)
}

function joinInto<T extends Float32Array | Int16Array>(whole: T, parts: readonly ArrayLike<number>[]): T {
  let position = 0
  for (const part of parts) {
    whole.set(part, position)
    position += part.length
  }
  return whole
}
