/** Scores side by side, with the interval in which they may lie. */
import { scaleLinear } from 'd3-scale'
import { bottomAxis } from './axes.ts'
import { label, line, rect } from './svg.ts'
import { chartWidth, halo, ink, legend, type LegendEntry, margin, muted, sheet, textWidth } from './theme.ts'

export interface Bar {
  readonly name: string
  readonly value: number
  readonly spread?: number | undefined
  readonly color: string
}

export interface BarGroup {
  readonly name: string
  readonly bars: readonly Bar[]
}

export interface BarChart {
  readonly title: string
  readonly subtitle: string
  readonly footer: string
  readonly groups: readonly BarGroup[]
  /** E.g. `%`. */
  readonly unit: string
  /** Of the axis; what the bars need when left out. */
  readonly max?: number
  readonly legend?: readonly LegendEntry[]
}

const right = chartWidth - margin - 110
const barHeight = 24
const barGap = 8
const groupGap = 20
const axisHeight = 40

export function drawBars(chart: BarChart): string {
  const { groups, unit } = chart
  const bars = groups.flatMap((group) => group.bars)
  const longest = Math.max(...bars.map(({ name }) => textWidth(name, 13)))
  const left = margin + Math.min(260, Math.max(80, longest)) + 12
  const highest = Math.max(...bars.map(({ value, spread = 0 }) => value + spread))
  const x = scaleLinear([0, chart.max ?? highest * 1.05], [left, right]).nice()
  // One more where the spread of some bar would round to nothing.
  const decimals = bars.some(({ spread = 0 }) => spread > 0 && spread < 0.05) ? 2 : 1
  const top = chart.legend ? 36 : 0
  const drawing: string[] = []
  let y = top
  for (const { name, bars } of groups) {
    drawing.push(label(name, margin, y + 14, { 'font-weight': 600, ...halo }))
    y += 26
    const from = y - 6
    for (const bar of bars) {
      drawing.push(...drawBar(bar, { x, left, y, unit, decimals }))
      y += barHeight + barGap
    }
    drawing.push(line(left, from, left, y, { stroke: muted }))
    y += groupGap
  }
  const bottom = y - groupGap
  const ticks = x.ticks(6)
  const format = (value: number): string => (unit === '' ? String(value) : `${value} ${unit}`)
  return sheet({ ...chart, height: bottom + axisHeight }, [
    ...(chart.legend ? legend(chart.legend, margin, 12) : []),
    ...bottomAxis({ scale: x, ticks, format }, { from: top + 20, to: bottom }),
    ...drawing,
  ])
}

interface Place {
  readonly x: (value: number) => number
  readonly left: number
  readonly y: number
  readonly unit: string
  readonly decimals: number
}

function drawBar(
  { name, value, spread: given, color }: Bar,
  { x, left, y, unit, decimals }: Place,
): string[] {
  // Where nothing went wrong at all the bootstrap knows of no other outcome.
  const spread = given === 0 ? undefined : given
  const middle = y + barHeight / 2
  const end = x(value + (spread ?? 0))
  const written = `${value.toFixed(decimals)}${unit === '' ? '' : ` ${unit}`}`
  const text = spread === undefined ? written : `${written} ± ${spread.toFixed(decimals)}`
  return [
    label(name, left - 10, middle + 4.5, { 'text-anchor': 'end', fill: ink }),
    rect(left, y, x(value) - left, barHeight, { fill: color, rx: 3 }),
    ...(spread === undefined ? [] : drawWhisker(x(Math.max(0, value - spread)), end, middle)),
    label(text, end + 10, middle + 4.5, { 'font-weight': 600, ...halo }),
  ]
}

function drawWhisker(from: number, to: number, y: number): string[] {
  const stroke = { stroke: ink, 'stroke-width': 1.5 }
  return [
    line(from, y, to, y, stroke),
    line(from, y - 5, from, y + 5, stroke),
    line(to, y - 5, to, y + 5, stroke),
  ]
}
