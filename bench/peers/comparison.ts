/** Ours beside a peer's on the same items: each measure, and the ratio of the two with its spread. */
import { drawBars } from '../charts/bar-chart.ts'
import { seriesColor } from '../charts/theme.ts'
import type { Figure } from '../suite/bench.ts'
import { describeMachine } from '../suite/machine.ts'
import { markdownTable } from '../suite/markdown.ts'
import { bootstrapSpread } from '../suite/spread.ts'

/** A figure of several items. */
export interface Measure<Item> {
  /** For people, e.g. `words heard wrongly`. */
  readonly name: string
  /** For the names of figures, e.g. `wer`. */
  readonly key: string
  /** E.g. `ms`; empty for a score. */
  readonly unit: string
  readonly better: 'lower' | 'higher'
  /** Behind the point, in the table. */
  readonly digits: number
  /** NaN where the items say nothing about it. */
  readonly of: (items: readonly Item[]) => number
}

export interface Run<Item> {
  readonly name: string
  readonly items: readonly Item[]
}

export interface Contest<Item> {
  /** For people, e.g. `Recognition, Portuguese`. */
  readonly task: string
  /** For the names of figures, e.g. `asr/pt`. */
  readonly key: string
  /** What the items are, e.g. `clips`. */
  readonly unit: string
  readonly measures: readonly Measure<Item>[]
  readonly ours: Run<Item>
  /** Each has as many items as ours, in the same order. */
  readonly peers: readonly Run<Item>[]
}

/** One line of the table. */
export interface Compared extends Omit<Measure<never>, 'of' | 'name' | 'key'> {
  readonly task: string
  /** Of the measure alone. */
  readonly measure: string
  readonly key: string
  /** E.g. `40 clips`. */
  readonly sample: string
  readonly us: string
  /** Undefined where no peer could be had. */
  readonly peer: string | undefined
  readonly ours: number
  readonly theirs: number | undefined
  /** Ours by theirs; undefined where that is no number. */
  readonly ratio: number | undefined
  /** Half of the 95 % interval of the ratio, the items drawn in pairs. */
  readonly spread: number | undefined
}

export function compareAll<Item>({ ours, peers, ...contest }: Contest<Item>): Compared[] {
  const { task, key, unit, measures } = contest
  const rivals = peers.length > 0 ? peers : [undefined]
  return rivals.flatMap((peer) =>
    measures.flatMap((measure) => {
      const { of, name, better, digits } = measure
      const value = of(ours.items)
      if (!Number.isFinite(value)) return []
      const theirs = peer && of(peer.items)
      return {
        ...{ task, measure: name, unit: measure.unit, better, digits },
        key: [key, ...(peer ? [peer.name] : []), measure.key].join('/').replaceAll(/[^\w./-]+/g, '_'),
        sample: `${ours.items.length} ${unit}`,
        ...{ us: ours.name, peer: peer?.name, ours: value },
        theirs: theirs === undefined || !Number.isFinite(theirs) ? undefined : theirs,
        ...(peer ? ratioOf(ours, peer, of) : { ratio: undefined, spread: undefined }),
      }
    }),
  )
}

function ratioOf<Item>(
  ours: Run<Item>,
  theirs: Run<Item>,
  of: Measure<Item>['of'],
): Pick<Compared, 'ratio' | 'spread'> {
  const pairs = ours.items.map((item, index) => [item, theirs.items[index] as Item] as const)
  const ratio = (sample: typeof pairs): number =>
    of(sample.map(([item]) => item)) / of(sample.map(([, item]) => item))
  const value = ratio(pairs)
  if (!Number.isFinite(value)) return { ratio: undefined, spread: undefined }
  const spread = bootstrapSpread(pairs, (sample) => ratio([...sample]))
  return { ratio: value, spread: Number.isFinite(spread) ? spread : undefined }
}

/** The ratios, and our own values. */
export function toFigures(rows: readonly Compared[]): Record<string, Figure> {
  return Object.fromEntries(
    rows.flatMap(({ key, ours, unit, better, ratio, spread }) => {
      if (ratio === undefined) return [[key, { value: ours, unit, better }]]
      return [[`${key}_ratio`, { value: ratio, unit: '', better, spread }]]
    }),
  )
}

/** Markdown: a table for each task. */
export function toTable(rows: readonly Compared[]): string {
  const tasks = [...new Set(rows.map(({ task }) => task))]
  return tasks.map((task) => taskTable(rows.filter((row) => row.task === task))).join('\n')
}

function taskTable(rows: readonly Compared[]): string {
  const lines = rows.map(({ peer, measure, unit, digits, ours, theirs, ratio, spread }) => [
    peer,
    unit === '' ? measure : `${measure}, ${unit}`,
    ours.toFixed(digits),
    theirs?.toFixed(digits),
    ratio === undefined ? undefined : `${ratio.toFixed(2)}${formatSpread(spread)}`,
  ])
  const [{ task, sample, us } = { task: '', sample: '', us: '' }] = rows
  const table = markdownTable(['peer', 'measure', 'ours', 'theirs', 'ours : theirs'], lines)
  return `${task}, ${sample}; ours is ${us}\n\n${table}`
}

function formatSpread(spread: number | undefined): string {
  return spread === undefined ? '' : ` ± ${spread.toFixed(2)}`
}

const betterColors = { lower: seriesColor(0), higher: seriesColor(2) }

/** @returns undefined where nothing was compared */
export function drawRatios(rows: readonly Compared[]): string | undefined {
  const drawn = rows.filter(({ ratio }) => ratio !== undefined)
  if (drawn.length === 0) return undefined
  const groups = [...new Set(drawn.map(groupOf))]
  return drawBars({
    title: 'Ours, where the peer is 100 %',
    subtitle: 'The same weights, clips and numbers of threads, in turn. The whisker is the 95 % interval.',
    footer: describeMachine(),
    unit: '%',
    legend: [
      { name: 'less is better', color: betterColors.lower },
      { name: 'more is better', color: betterColors.higher },
    ],
    groups: groups.map((name) => ({
      name,
      bars: drawn
        .filter((row) => groupOf(row) === name)
        .map(({ measure, better, ratio = 0, spread }) => ({
          name: measure,
          value: 100 * ratio,
          spread: spread === undefined ? undefined : 100 * spread,
          color: betterColors[better],
        })),
    })),
  })
}

function groupOf({ task, sample, peer }: Compared): string {
  return `${task}, ${sample}, beside ${peer ?? ''}`
}
