/**
 * Where to cut running speech: the block boundary with the least energy in the two blocks beside it.
 * @param from the first boundary that may be chosen, at least 1.
 * @returns index of the block that starts the second part.
 */
export function quietestCut(blocks: readonly Float32Array[], from: number): number {
  const energies = blocks.map((samples) => samples.reduce((sum, sample) => sum + sample * sample, 0))
  let best = Math.max(1, from)
  let least = Infinity
  for (let at = best; at < energies.length; at++) {
    const energy = (energies[at - 1] ?? 0) + (energies[at] ?? 0)
    if (energy < least) {
      least = energy
      best = at
    }
  }
  return best
}
