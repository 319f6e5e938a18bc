/** Headline figures by commit, in a file of the repository. */
import { readFile, writeFile } from 'node:fs/promises'
import { VoxbridgeError } from '../../src/errors.ts'
import type { Figure } from './bench.ts'
import type { Origin } from './machine.ts'

export const historyFile = 'bench/history.json'

export interface HistoryEntry extends Origin {
  readonly bench: string
  readonly params: Readonly<Record<string, string>>
  readonly figures: Readonly<Record<string, Figure>>
}

/** @returns the entries, oldest first; none where there is no file */
export async function readHistory(file = historyFile): Promise<HistoryEntry[]> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as HistoryEntry[]
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw new VoxbridgeError('ERR_CONFIG', `${file} is no JSON: take it from git again`, { cause: error })
  }
}

/** Takes the place of what was measured before in the same way at the same commit. */
export async function addToHistory(entry: HistoryEntry, file = historyFile): Promise<void> {
  const earlier = await readHistory(file)
  const kept = earlier.filter((other) => !isComparable(other, entry) || other.commit !== entry.commit)
  const rounded = { ...entry, figures: roundFigures(entry.figures) }
  await writeFile(file, `${JSON.stringify([...kept, rounded], null, 2)}\n`)
}

/** Whether the two differ by nothing but the program. */
export function isComparable(one: HistoryEntry, other: HistoryEntry): boolean {
  const fingerprint = ({ bench, machine, params }: HistoryEntry): string =>
    JSON.stringify([bench, machine, Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1))])
  return fingerprint(one) === fingerprint(other)
}

function roundFigures(figures: HistoryEntry['figures']): HistoryEntry['figures'] {
  const round = (value: number): number => Number(value.toPrecision(5))
  return Object.fromEntries(
    Object.entries(figures).map(([name, { value, spread, ...rest }]) => [
      name,
      { value: round(value), ...rest, ...(spread === undefined ? {} : { spread: round(spread) }) },
    ]),
  )
}
