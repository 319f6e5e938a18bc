/** The same sequence of standard normal values every time, so that a text always sounds the same. */
export function gaussianNoise(length: number): Float32Array {
  const random = uniformRandom()
  const values = new Float32Array(length)
  // Box-Muller: two uniform numbers give two normal ones.
  for (let index = 0; index < length; index += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - random()))
    const angle = 2 * Math.PI * random()
    values[index] = radius * Math.cos(angle)
    values[index + 1] = radius * Math.sin(angle)
  }
  return values
}

/** Numbers in [0, 1) by the xorshift32 generator (Marsaglia, "Xorshift RNGs", 2003). */
function uniformRandom(): () => number {
  let state = 0x9e3779b9
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}
