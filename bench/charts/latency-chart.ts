/** How long listeners wait, and for what: a histogram for each direction with the mean of each part below it. */
import { scaleLinear } from 'd3-scale'
import { quantile } from '../statistics.ts'
import { bottomAxis } from './axes.ts'
import { element, label, line, rect } from './svg.ts'
import {
  chartWidth,
  halo,
  ink,
  legend,
  type LegendEntry,
  margin,
  muted,
  paper,
  seriesColor,
  sheet,
} from './theme.ts'

export interface LatencyRow {
  /** E.g. `Portuguese to English`. */
  readonly name: string
  readonly valuesMs: readonly number[]
  /** By name, in the order of time; what is not above zero is not drawn. */
  readonly partsMs: Readonly<Record<string, number>>
}

export interface LatencyChart {
  readonly rows: readonly LatencyRow[]
  readonly footer: string
}

const [left, right] = [margin, chartWidth - margin]
const histogramHeight = 112
const barHeight = 26
const rowHeight = 24 + histogramHeight + 14 + barHeight + 40
const axisHeight = 44
const legendHeight = 34
const bins = 48
/** Parts from the end of the speech to its first sound. */
const partColors: Readonly<Record<string, string>> = {
  detector: '#b8c4d0',
  microphone: '#8fa1b3',
  endpoint: '#6aa5d8',
  queue: '#c4526c',
  asr: '#2f6db5',
  mt: '#1f9e89',
  tts: '#e07a2f',
  socket: '#8a5fae',
  'lead silence': '#e6c477',
}
const partNames: Readonly<Record<string, string>> = {
  detector: 'end noticed',
  microphone: 'last frame',
  endpoint: 'pause',
  queue: 'queue',
  asr: 'recognition',
  mt: 'translation',
  tts: 'voice',
  socket: 'network',
  'lead silence': 'silent start',
}
/** Narrower than this a part cannot be seen. */
const leastPartMs = 1

export function drawLatency({ rows, footer }: LatencyChart): string {
  const longestMs = Math.max(500, ...rows.flatMap(({ valuesMs }) => valuesMs))
  const x = scaleLinear([0, longestMs * 1.02], [left, right]).nice()
  const bottom = legendHeight + rows.length * rowHeight
  const ticks = x.ticks(8)
  const format = (ms: number): string => (ms === ticks.at(-1) ? `${ms} ms` : String(ms))
  const shown = Object.keys(partColors).filter((part) =>
    rows.some(({ partsMs }) => (partsMs[part] ?? 0) >= leastPartMs),
  )
  const entries: LegendEntry[] = shown.map((part) => ({
    name: partNames[part] ?? part,
    color: partColors[part] ?? muted,
  }))
  return sheet(
    {
      title: 'From the end of speech to the first sound of its translation',
      subtitle: 'Above: how often each wait occurred. Below: where the time went, on average.',
      footer,
      height: bottom + axisHeight,
    },
    [
      ...legend(entries, left, 14),
      ...bottomAxis({ scale: x, ticks, format }, { from: legendHeight + 24, to: bottom - 14 }),
      ...rows.map((row, index) =>
        element(
          'g',
          { transform: `translate(0 ${legendHeight + index * rowHeight})` },
          drawRow(row, x, seriesColor(index)),
        ),
      ),
    ],
  )
}

type Scale = ReturnType<typeof scaleLinear<number, number>>

function drawRow({ name, valuesMs, partsMs }: LatencyRow, x: Scale, color: string): string[] {
  const base = 24 + histogramHeight
  return [
    label(`${name}, ${valuesMs.length} utterances`, left, 16, {
      'font-size': 14,
      'font-weight': 600,
      ...halo,
    }),
    ...drawHistogram(valuesMs, x, base, color),
    line(left, base, right, base, { stroke: muted }),
    ...drawMark('P50', quantile(valuesMs, 0.5), x, base, 0),
    ...drawMark('P95', quantile(valuesMs, 0.95), x, base, 1),
    ...drawParts(partsMs, x, base + 14),
  ]
}

function drawHistogram(valuesMs: readonly number[], x: Scale, base: number, color: string): string[] {
  const widthMs = ((x.domain()[1] ?? 1) - (x.domain()[0] ?? 0)) / bins
  const counts = Array.from({ length: bins }, () => 0)
  for (const value of valuesMs) {
    const bin = Math.min(bins - 1, Math.max(0, Math.floor(value / widthMs)))
    counts[bin] = (counts[bin] ?? 0) + 1
  }
  const y = scaleLinear([0, Math.max(1, ...counts)], [0, histogramHeight - 46])
  return counts.flatMap((count, bin) => {
    if (count === 0) return []
    const from = x(bin * widthMs)
    const width = x((bin + 1) * widthMs) - from - 2
    return [rect(from + 1, base - y(count), width, y(count), { fill: color, rx: 2 })]
  })
}

/** @param row places the second mark lower, in case they are neighbours */
function drawMark(name: string, valueMs: number, x: Scale, base: number, row: 0 | 1): string[] {
  if (!Number.isFinite(valueMs)) return []
  const at = x(valueMs)
  const top = base - histogramHeight + 8 + row * 17
  const nearEdge = at > right - 90
  return [
    line(at, top, at, base, {
      stroke: ink,
      'stroke-width': 1.5,
      'stroke-dasharray': row === 0 ? undefined : '4 3',
    }),
    label(`${name} ${Math.round(valueMs)} ms`, at + (nearEdge ? -6 : 6), top + 9, {
      'font-size': 12,
      'font-weight': 600,
      'text-anchor': nearEdge ? 'end' : undefined,
      ...halo,
    }),
  ]
}

function drawParts(partsMs: LatencyRow['partsMs'], x: Scale, y: number): string[] {
  let fromMs = 0
  return Object.keys(partColors).flatMap((part) => {
    const ms = partsMs[part] ?? 0
    if (!(ms >= leastPartMs)) return []
    const [from, to] = [x(fromMs), x(fromMs + ms)]
    fromMs += ms
    const text = String(Math.round(ms))
    const fits = to - from > text.length * 8 + 10
    return [
      rect(from, y, to - from - 1, barHeight, { fill: partColors[part], rx: 2 }),
      ...(fits ? [label(text, (from + to) / 2, y + barHeight / 2 + 4.5, partLabel(part))] : []),
    ]
  })
}

function partLabel(part: string) {
  const onLight = ['detector', 'lead silence', 'endpoint', 'tts', 'microphone'].includes(part)
  return { 'text-anchor': 'middle', 'font-size': 12, 'font-weight': 600, fill: onLight ? ink : paper }
}
