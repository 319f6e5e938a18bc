/** What changed from one commit to the next, and whether it is more than chance. */
import type { Figure } from './bench.ts'
import { type HistoryEntry, isComparable } from './history.ts'
import { markdownTable } from './markdown.ts'

export interface Change {
  readonly name: string
  readonly unit: string
  readonly before: number
  readonly after: number
  /** Differences below this may be chance: both 95 % intervals, added as independent errors are. */
  readonly noise: number | undefined
  readonly verdict: 'better' | 'worse' | 'within the noise' | 'the same' | 'unknown noise'
}

export interface Comparison {
  readonly before: HistoryEntry
  readonly after: HistoryEntry
  readonly changes: readonly Change[]
}

/** @returns for each way of measuring the last entry beside the one before; those with one entry are left out */
export function compareLast(history: readonly HistoryEntry[]): Comparison[] {
  const lasts = history.filter(
    (entry, index) => !history.slice(index + 1).some((later) => isComparable(later, entry)),
  )
  return lasts.flatMap((after) => {
    const before = history.findLast((entry) => entry !== after && isComparable(entry, after))
    return before ? [{ before, after, changes: findChanges(before, after) }] : []
  })
}

function findChanges(before: HistoryEntry, after: HistoryEntry): Change[] {
  return Object.entries(after.figures).flatMap(([name, figure]) => {
    const earlier = before.figures[name]
    return earlier ? [judge(name, earlier, figure)] : []
  })
}

function judge(name: string, before: Figure, after: Figure): Change {
  const noise =
    before.spread === undefined || after.spread === undefined
      ? undefined
      : Math.hypot(before.spread, after.spread)
  const change = { name, unit: after.unit, before: before.value, after: after.value, noise }
  const difference = after.value - before.value
  if (difference === 0) return { ...change, verdict: 'the same' }
  if (noise === undefined) return { ...change, verdict: 'unknown noise' }
  if (Math.abs(difference) <= noise) return { ...change, verdict: 'within the noise' }
  return { ...change, verdict: difference < 0 === (after.better === 'lower') ? 'better' : 'worse' }
}

/** Markdown. */
export function formatComparison({ before, after, changes }: Comparison): string {
  const rows = changes.map(({ name, unit, before, after, noise, verdict }) => [
    unit === '' ? name : `${name}, ${unit}`,
    Number(before.toPrecision(4)),
    Number(after.toPrecision(4)),
    signed(after - before),
    noise === undefined ? undefined : `± ${Number(noise.toPrecision(2))}`,
    verdict,
  ])
  const settings = Object.entries(after.params).map(([name, value]) => `${name} ${value}`)
  return [
    `${after.bench}: ${after.commit} (${day(after)}) beside ${before.commit} (${day(before)})\n`,
    `${after.machine}; ${settings.join(', ')}\n\n`,
    markdownTable(['figure', 'before', 'now', 'change', 'noise', ''], rows),
  ].join('')
}

function day({ date }: HistoryEntry): string {
  return date.slice(0, 10)
}

function signed(difference: number): string {
  return `${difference > 0 ? '+' : ''}${Number(difference.toPrecision(3))}`
}
