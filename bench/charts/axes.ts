import type { ScaleContinuousNumeric } from 'd3-scale'
import { label, line } from './svg.ts'
import { gridColor, muted } from './theme.ts'

type Scale = ScaleContinuousNumeric<number, number>

interface Span {
  readonly from: number
  readonly to: number
}

export interface AxisOptions {
  readonly scale: Scale
  readonly ticks: readonly number[]
  readonly format?: (value: number) => string
}

/** Grid lines from top to bottom with their values below. */
export function bottomAxis({ scale, ticks, format = String }: AxisOptions, { from, to }: Span): string[] {
  return ticks.flatMap((tick) => [
    line(scale(tick), from, scale(tick), to, { stroke: gridColor }),
    label(format(tick), scale(tick), to + 18, { 'text-anchor': 'middle', 'font-size': 12, fill: muted }),
  ])
}

/** Grid lines from left to right with their values before them. */
export function leftAxis({ scale, ticks, format = String }: AxisOptions, { from, to }: Span): string[] {
  return ticks.flatMap((tick) => [
    line(from, scale(tick), to, scale(tick), { stroke: gridColor }),
    label(format(tick), from - 8, scale(tick) + 4, { 'text-anchor': 'end', 'font-size': 12, fill: muted }),
  ])
}
