/** The most that MLflow takes in one `runs/log-batch` (its `validation.py`: MAX_*_PER_BATCH). */
const maxEntries = { params: 100, tags: 100, metrics: 1000 } as const

/** Cuts the entries into pieces that fit in one request each. */
export function batchEntries<Entry>(kind: keyof typeof maxEntries, entries: readonly Entry[]): Entry[][] {
  const size = maxEntries[kind]
  return Array.from({ length: Math.ceil(entries.length / size) }, (_, index) =>
    entries.slice(index * size, (index + 1) * size),
  )
}
