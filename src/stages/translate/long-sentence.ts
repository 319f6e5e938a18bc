/** Where a sentence may be cut, best first. A cut is made behind the match. */
const boundaries: readonly RegExp[] = [
  /[;:…—–]\s+/gu,
  /[,，、]\s*/gu,
  // Before a conjunction of English, Portuguese, Spanish, French, Italian or German.
  /\s+(?=(?:and|but|or|because|so|which|e|mas|ou|porque|que|y|pero|o|et|mais|car|qui|ma|perché|und|aber|oder|weil)\s)/giu,
  /\s+/gu,
  // Scripts without spaces: anywhere but within a character.
  /(?=\P{M})/gu,
]

/**
 * Cuts a sentence that is too long into parts that are not, so that nothing of it is lost. Of the cuts of the best
 * kind in its middle half, the one nearest to the middle is taken.
 * @param count length of a text, e.g. in tokens.
 * @returns parts whose concatenation is `sentence`, each with `count(part) <= limit`, or of a single character.
 */
export function splitLongSentence(
  sentence: string,
  count: (text: string) => number,
  limit: number,
): readonly string[] {
  if (count(sentence) <= limit) return [sentence]
  const cut = boundaries
    .map((boundary) => nearestToMiddle(sentence, boundary))
    .find((position) => position !== undefined)
  if (cut === undefined) return [sentence]
  const halves = [sentence.slice(0, cut), sentence.slice(cut)]
  return halves.flatMap((half) => splitLongSentence(half, count, limit))
}

function nearestToMiddle(sentence: string, boundary: RegExp): number | undefined {
  const middle = sentence.length / 2
  let best: number | undefined
  for (const match of sentence.matchAll(boundary)) {
    const position = match.index + match[0].length
    if (position === 0 || position === sentence.length) continue
    const distance = Math.abs(position - middle)
    // A short sentence in a script without spaces has no middle half that holds a boundary.
    if (distance > sentence.length / 4 && sentence.length > 4) continue
    if (best === undefined || distance < Math.abs(best - middle)) best = position
  }
  return best
}
