/** What more speakers cost: the wait above, the cores below, both over the number of speakers. */
import { scaleLinear, scalePoint } from 'd3-scale'
import { leftAxis } from './axes.ts'
import { element, label, line, rect } from './svg.ts'
import { chartWidth, halo, ink, legend, margin, muted, paper, seriesColor, sheet } from './theme.ts'

export interface LoadPoint {
  readonly channels: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly serverCores: number
  readonly refused: number
}

export interface LoadChart {
  readonly points: readonly LoadPoint[]
  readonly cores: number
  readonly subtitle: string
  readonly footer: string
}

const [left, right] = [margin + 44, chartWidth - margin - 60]
const [waitTop, waitBottom] = [34, 264]
const [coresTop, coresBottom] = [318, 418]
const height = coresBottom + 58

export function drawLoad({ points, cores, subtitle, footer }: LoadChart): string {
  const x = scalePoint(
    points.map(({ channels }) => channels),
    [left + 30, right - 30],
  )
  const at = ({ channels }: LoadPoint): number => x(channels) ?? left
  const highestMs = Math.max(500, ...points.flatMap(({ p95Ms }) => (Number.isFinite(p95Ms) ? p95Ms : [])))
  const wait = scaleLinear([0, highestMs * 1.08], [waitBottom, waitTop]).nice()
  const busy = scaleLinear([0, cores], [coresBottom, coresTop])
  const lines = [
    { name: 'P50', color: seriesColor(0), of: (point: LoadPoint) => point.p50Ms },
    { name: 'P95', color: seriesColor(1), of: (point: LoadPoint) => point.p95Ms },
  ]
  return sheet({ title: 'Many speakers at once', subtitle, footer, height }, [
    ...heading('From the end of speech to the first sound, ms', waitTop - 16),
    ...leftAxis({ scale: wait, ticks: wait.ticks(5) }, { from: left, to: right }),
    ...legend(lines, right - 130, waitTop - 20),
    ...lines.flatMap(({ name, color, of }) =>
      drawLine(points, at, (point) => wait(of(point)), of, color, name),
    ),
    ...heading(`Cores in use by the server, of ${cores}`, coresTop - 14),
    ...leftAxis({ scale: busy, ticks: busy.ticks(Math.min(4, cores)) }, { from: left, to: right }),
    ...points.flatMap((point) => [
      rect(at(point) - 17, busy(point.serverCores), 34, coresBottom - busy(point.serverCores), {
        fill: seriesColor(2),
        rx: 3,
      }),
      label(point.serverCores.toFixed(2), at(point), busy(point.serverCores) - 6, {
        'text-anchor': 'middle',
        'font-size': 12,
        'font-weight': 600,
      }),
      ...drawChannels(point, at(point)),
    ]),
    line(left, coresBottom, right, coresBottom, { stroke: muted }),
    label('speakers', right + 8, coresBottom + 18, { 'font-size': 12, fill: muted }),
  ])
}

function heading(text: string, y: number): string[] {
  return [label(text, margin, y, { 'font-size': 13, 'font-weight': 600 })]
}

function drawChannels({ channels, refused }: LoadPoint, x: number): string[] {
  const centered = { 'text-anchor': 'middle', 'font-size': 12 }
  return [
    label(String(channels), x, coresBottom + 18, { ...centered, fill: ink }),
    ...(refused === 0
      ? []
      : [label(`${refused} refused`, x, coresBottom + 35, { ...centered, fill: muted })]),
  ]
}

function drawLine(
  points: readonly LoadPoint[],
  x: (point: LoadPoint) => number,
  y: (point: LoadPoint) => number,
  value: (point: LoadPoint) => number,
  color: string,
  name: string,
): string[] {
  const shown = points.filter((point) => Number.isFinite(value(point)))
  const path = shown.map(
    (point, index) => `${index === 0 ? 'M' : 'L'}${x(point).toFixed(1)} ${y(point).toFixed(1)}`,
  )
  return [
    element('path', {
      d: path.join(''),
      fill: 'none',
      stroke: color,
      'stroke-width': 2.5,
      'stroke-linejoin': 'round',
    }),
    ...shown.flatMap((point) => [
      element('circle', {
        cx: x(point),
        cy: y(point),
        r: 4.5,
        fill: color,
        stroke: paper,
        'stroke-width': 1.5,
      }),
      label(String(Math.round(value(point))), x(point), y(point) + (name === 'P50' ? 20 : -11), {
        'text-anchor': 'middle',
        'font-size': 12,
        'font-weight': 600,
        fill: color,
        ...halo,
      }),
    ]),
  ]
}
