/**
 * Decoders sometimes fall into a loop. Says how many of the tokens to keep so that one round of it is left, or
 * undefined where the tokens do not end in a loop. People do say a sentence twice, so twice is no loop.
 */
export function lengthBeforeLoop(tokens: readonly number[]): number | undefined {
  for (let period = 1; period * 3 <= tokens.length; period++) {
    const repeats = period < 3 ? 6 : 3
    const start = tokens.length - period * repeats
    if (start < 0) continue
    const loops = tokens.slice(start + period).every((token, index) => token === tokens[start + index])
    if (loops) return start + period
  }
  return undefined
}
