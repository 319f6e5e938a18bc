/** What the trials of `latency.ts` come to: figures, a table, charts. */
import type { Recording } from '../src/cli/wav.ts'
import { drawLatency } from './charts/latency-chart.ts'
import { drawUtterance } from './charts/utterance-chart.ts'
import { type LatencyParts, partNames } from './latency-parts.ts'
import { type Direction, nameDirection } from './setting.ts'
import { median, quantile, type Quantiles, quantiles, sum } from './statistics.ts'
import type { Chart, Figure } from './suite/bench.ts'
import { languageName } from './suite/language-names.ts'
import { describeMachine } from './suite/machine.ts'
import { markdownTable } from './suite/markdown.ts'
import { bootstrapSpread } from './suite/spread.ts'

export interface Trial {
  readonly name: string
  readonly transcript: string
  readonly translation: string
  /** Undefined where nothing was to be heard after the end of the speech. */
  readonly firstSoundMs: number | undefined
  /** Whether a part of it was spoken before its end. */
  readonly early: boolean
  readonly parts: LatencyParts | undefined
  readonly errors: readonly string[]
}

/** What was said and what was answered, to be drawn. */
export interface Exchange {
  readonly trial: Trial
  readonly said: Recording
  readonly answer: Recording
  /** From the start of what was said to the first piece of the answer. */
  readonly answeredMs: number
}

export interface DirectionResult extends Direction {
  readonly trials: readonly Trial[]
  readonly summary: Readonly<Record<string, Quantiles>>
  readonly noSound: number
  readonly early: number
  readonly exchange: Exchange | undefined
}

export function summarize(trials: readonly Trial[]): Record<string, Quantiles> {
  const parts = trials.flatMap(({ parts }) => parts ?? [])
  return {
    'first sound': quantiles(firstSounds(trials)),
    ...Object.fromEntries(partNames.map((name) => [name, quantiles(parts.map((part) => part[name]))])),
  }
}

export function firstSounds(trials: readonly Trial[]): number[] {
  return trials.flatMap(({ firstSoundMs }) => firstSoundMs ?? [])
}

export function toFigures({ src, tgt, trials, noSound }: DirectionResult): Record<string, Figure> {
  const values = firstSounds(trials)
  const shape = { unit: 'ms', better: 'lower' } as const
  const p95 = (sample: readonly number[]): number => quantile(sample, 0.95)
  const prefix = `${src}-${tgt}`
  return {
    [`${prefix}/first_sound_p50`]: {
      ...shape,
      value: median(values),
      spread: bootstrapSpread(values, median),
    },
    [`${prefix}/first_sound_p95`]: { ...shape, value: p95(values), spread: bootstrapSpread(values, p95) },
    [`${prefix}/without_sound`]: { unit: '', better: 'lower', value: noSound },
  }
}

export function toTable(results: readonly DirectionResult[]): string {
  return results
    .map(({ trials, summary, noSound, early, ...direction }) => {
      const rows = Object.entries(summary).map(([name, { p50, p95, p99 }]) => [name, p50, p95, p99])
      const counts = `${trials.length} utterances, ${noSound} without sound, ${early} spoken in part before their end`
      return `${nameDirection(direction)}: ${counts}\n\n${markdownTable(['ms', 'P50', 'P95', 'P99'], rows)}`
    })
    .join('\n')
}

export async function drawCharts(results: readonly DirectionResult[]): Promise<Chart[]> {
  const footer = describeMachine()
  const rows = results.map(({ trials, ...direction }) => {
    const parts = trials.flatMap((trial) => trial.parts ?? [])
    const means = partNames.map(
      (part) => [part, sum(parts.map((each) => each[part])) / parts.length] as const,
    )
    const partsMs = Object.fromEntries(means) as LatencyParts
    return { name: nameDirection(direction), valuesMs: firstSounds(trials), partsMs }
  })
  const charts = [{ name: 'first-sound', svg: drawLatency({ rows, footer }) }]
  for (const { src, tgt, exchange } of results) {
    if (!exchange) continue
    const { trial, said, answer, answeredMs } = exchange
    const svg = await drawUtterance({
      subtitle: `On one clock, ${Math.round(trial.firstSoundMs ?? NaN)} ms from the end of speech to the first sound`,
      footer,
      spoken: [
        { name: `${languageName(src)}, as it was said`, text: trial.transcript, recording: said, startMs: 0 },
        {
          name: `${languageName(tgt)}, as the server spoke it`,
          text: trial.translation,
          recording: answer,
          startMs: answeredMs,
        },
      ],
    })
    charts.push({ name: `utterance-${src}-${tgt}`, svg })
  }
  return charts
}
