import { quantile } from '../src/telemetry/quantile.ts'

export { quantile }

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

export interface Quantiles {
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

/** Rounded to whole numbers. */
export function quantiles(values: readonly number[]): Quantiles {
  const at = (fraction: number): number => Math.round(quantile(values, fraction))
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}

export interface Point {
  readonly x: number
  readonly y: number
}

/** By how much `y` grows when `x` grows by one: the line of least squares; NaN where there is none. */
export function slope(points: readonly Point[]): number {
  const meanX = sum(points.map(({ x }) => x)) / points.length
  const meanY = sum(points.map(({ y }) => y)) / points.length
  const covariance = sum(points.map(({ x, y }) => (x - meanX) * (y - meanY)))
  return covariance / sum(points.map(({ x }) => (x - meanX) ** 2))
}

/** To `digits` behind the point; what is no number becomes undefined, which a table leaves empty. */
export function rounded(value: number | undefined, digits = 0): number | undefined {
  if (value === undefined || !Number.isFinite(value)) return undefined
  return Math.round(value * 10 ** digits) / 10 ** digits
}
