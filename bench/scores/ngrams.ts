/** How often each run of `order` items occurs. */
export function countNgrams(items: readonly string[], order: number, separator: string): Map<string, number> {
  const counts = new Map<string, number>()
  for (let start = 0; start + order <= items.length; start++) {
    const ngram = items.slice(start, start + order).join(separator)
    counts.set(ngram, (counts.get(ngram) ?? 0) + 1)
  }
  return counts
}

/** How many of one are in the other too. */
export function countMatches(
  ngrams: ReadonlyMap<string, number>,
  others: ReadonlyMap<string, number>,
): number {
  let matches = 0
  for (const [ngram, count] of ngrams) matches += Math.min(count, others.get(ngram) ?? 0)
  return matches
}
