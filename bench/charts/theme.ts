/** How all charts look. The colours stay apart for people who see red and green alike. */
import { element, label, rect } from './svg.ts'

export const ink = '#1d2733'
export const muted = '#5f6c7b'
export const faint = '#9aa6b2'
export const gridColor = '#e7ebef'
export const paper = '#ffffff'
/** Keeps text readable where lines run behind it. */
export const halo = { stroke: paper, 'stroke-width': 4, 'paint-order': 'stroke' } as const

/** In the order in which series take them. */
export const seriesColors = ['#2f6db5', '#e07a2f', '#1f9e89', '#8a5fae', '#c9a227', '#c4526c'] as const

export function seriesColor(index: number): string {
  return seriesColors[index % seriesColors.length] as string
}

const fonts = 'Inter, "Helvetica Neue", "DejaVu Sans", Arial, sans-serif'
export const chartWidth = 900
export const margin = 36
const titleHeight = 84
const footerHeight = 40

export interface Frame {
  readonly title: string
  readonly subtitle: string
  /** E.g. the machine. */
  readonly footer: string
  /** Of the drawing between title and footer. */
  readonly height: number
}

/** Puts a drawing, `chartWidth` wide with its origin below the title, on a sheet. */
export function sheet({ title, subtitle, footer, height }: Frame, drawing: readonly string[]): string {
  const total = titleHeight + height + footerHeight
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width: chartWidth,
      height: total,
      viewBox: `0 0 ${chartWidth} ${total}`,
      'font-family': fonts,
      'font-size': 13,
      fill: ink,
    },
    [
      rect(0, 0, chartWidth, total, { fill: paper }),
      label(title, margin, 42, { 'font-size': 20, 'font-weight': 700 }),
      label(subtitle, margin, 65, { 'font-size': 13, fill: muted }),
      element('g', { transform: `translate(0 ${titleHeight})` }, drawing),
      label(footer, margin, total - 18, { 'font-size': 11, fill: faint }),
    ],
  )
}

export interface LegendEntry {
  readonly name: string
  readonly color: string
}

/** @param y of the middle of the line */
export function legend(entries: readonly LegendEntry[], x: number, y: number): string[] {
  let left = x
  return entries.flatMap(({ name, color }) => {
    const at = left
    left += 18 + textWidth(name, 12) + 14
    return [
      rect(at, y - 6, 12, 12, { fill: color, rx: 2.5 }),
      label(name, at + 18, y + 4.5, { 'font-size': 12, fill: muted }),
    ]
  })
}

/** About: nothing here can measure a font. */
export function textWidth(text: string, size: number): number {
  return text.length * size * 0.57
}
