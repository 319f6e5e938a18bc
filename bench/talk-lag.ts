/** How far the translated speech is behind the speaker. */
import type { HeardClause } from './listener.ts'
import { median, type Point, slope } from './statistics.ts'

/** A stretch of speech in the source, as the server found it. */
export interface SourceSpan {
  readonly segment: number
  /** In the channel's audio. */
  readonly startMs: number
  readonly endMs: number
}

export interface ClauseLag {
  readonly segment: number
  readonly text: string
  /** Position in the talk of the source words that the clause ends with. */
  readonly saidMs: number
  /** From when these words had been said until the clause was played to its end. */
  readonly lagMs: number
}

/**
 * The source words of a clause end where the same share of the segment's text ends: the clauses of a segment follow
 * each other as its words do, and a longer one translates more of them.
 * @param startedAt `performance.now()` at which the channel's audio began
 */
export function measureLags(
  spans: readonly SourceSpan[],
  clauses: readonly HeardClause[],
  startedAt: number,
): ClauseLag[] {
  return spans.flatMap(({ segment, startMs, endMs }) => {
    const ours = clauses.filter((clause) => clause.segment === segment)
    const characters = ours.reduce((sum, { text }) => sum + text.length, 0)
    let said = 0
    return ours.map(({ text, playedAt }) => {
      said += text.length
      const saidMs = startMs + (said / characters) * (endMs - startMs)
      return { segment, text, saidMs, lagMs: playedAt - (startedAt + saidMs) }
    })
  })
}

export interface LagTrend {
  /** Medians of the first and the last two minutes, or thirds of a shorter talk. */
  readonly firstMs: number
  readonly lastMs: number
  readonly slopeMsPerMinute: number
}

const minuteMs = 60_000

export function findTrend(lags: readonly ClauseLag[], talkMs: number): LagTrend {
  const windowMs = Math.min(2 * minuteMs, talkMs / 3)
  const medianWhere = (matches: (lag: ClauseLag) => boolean): number =>
    median(lags.filter(matches).map(({ lagMs }) => lagMs))
  return {
    firstMs: medianWhere(({ saidMs }) => saidMs <= windowMs),
    lastMs: medianWhere(({ saidMs }) => saidMs >= talkMs - windowMs),
    slopeMsPerMinute: slope(lags.map(({ saidMs, lagMs }): Point => ({ x: saidMs / minuteMs, y: lagMs }))),
  }
}
