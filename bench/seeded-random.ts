/** Numbers in [0, 1), the same for the same seed, by the xorshift32 generator (Marsaglia, "Xorshift RNGs", 2003). */
export type Random = () => number

export function createRandom(seed: number): Random {
  // Zero would stay zero; neighbouring seeds are spread apart.
  let state = Math.imul(seed + 1, 0x9e3779b9) || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

export function between(random: Random, low: number, high: number): number {
  return low + (high - low) * random()
}

/** A shuffled copy (Fisher and Yates). */
export function shuffle<T>(items: readonly T[], random: Random): T[] {
  const shuffled = [...items]
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    const swapped = shuffled[last] as T
    shuffled[last] = shuffled[other] as T
    shuffled[other] = swapped
  }
  return shuffled
}
