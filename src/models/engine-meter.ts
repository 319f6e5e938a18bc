/** Where an engine's time goes: what the load of the machine is judged by. */
import type { RequestOrigin } from './request-queue.ts'

/** Measured over the last `usageWindowMs`. A share is a part of all that time, 0 to 1; a run in progress counts. */
export interface EngineUsage {
  /** Share spent on requests of priority 0. */
  readonly final: number
  /** Share spent on all others. */
  readonly other: number
  /** `final` by channel, of those that had any; what has no channel is left out. */
  readonly finalByChannel: ReadonlyMap<string, number>
  /** How long requests of priority 0 had waited when their turn came, 95th percentile; 0 where there were none. */
  readonly finalWaitMs: number
  /** Mean time of a channel's request of priority 1; undefined where none was finished. */
  readonly partialMs: number | undefined
  /** Mean time of a request of priority 0; undefined where none was finished. */
  readonly finalMs: number | undefined
  /** Channels that asked for anything. */
  readonly channels: number
  /** Time spent on requests that nobody waited for in the end; since the start, not over the window. */
  readonly abandonedMs: number
}

export const usageWindowMs = 10_000

interface Run extends RequestOrigin {
  readonly startedAt: number
  endedAt: number
}

/** Watches an engine that does one thing at a time. Times `…At` are of one clock, in milliseconds. */
export class EngineMeter {
  /** Those that reach into the window, oldest first; only the last one can be unfinished. */
  #runs: Run[] = []
  #abandonedMs = 0

  begin(origin: RequestOrigin, startedAt: number): void {
    this.#runs = this.#runs.filter(({ endedAt }) => endedAt > startedAt - usageWindowMs)
    this.#runs.push({ ...origin, startedAt, endedAt: Infinity })
  }

  end(endedAt: number, { abandoned }: { readonly abandoned: boolean }): void {
    const current = this.#runs.at(-1)
    if (current?.endedAt !== Infinity) return
    current.endedAt = endedAt
    if (abandoned) this.#abandonedMs += endedAt - current.startedAt
  }

  usage(now: number): EngineUsage {
    const windowStart = now - usageWindowMs
    const runs = this.#runs.filter(({ endedAt }) => endedAt > windowStart)
    const finals = runs.filter(({ priority }) => priority === 0)
    const others = runs.filter(({ priority }) => priority !== 0)
    const share = ({ startedAt, endedAt }: Run): number =>
      (Math.min(endedAt, now) - Math.max(startedAt, windowStart)) / usageWindowMs
    const isOver = ({ endedAt }: Run): boolean => endedAt <= now
    const partials = others.filter((run) => run.channel !== undefined && isOver(run))
    const finalByChannel = new Map<string, number>()
    for (const run of finals) {
      if (run.channel === undefined) continue
      finalByChannel.set(run.channel, (finalByChannel.get(run.channel) ?? 0) + share(run))
    }
    return {
      final: sum(finals.map(share)),
      other: sum(others.map(share)),
      finalByChannel,
      finalWaitMs: percentile95(finals.map(({ queuedAt, startedAt }) => startedAt - queuedAt)),
      partialMs: meanTime(partials),
      finalMs: meanTime(finals.filter(isOver)),
      channels: new Set(runs.flatMap(({ channel }) => channel ?? [])).size,
      abandonedMs: this.#abandonedMs,
    }
  }
}

function meanTime(runs: readonly Run[]): number | undefined {
  if (runs.length === 0) return undefined
  return sum(runs.map(({ startedAt, endedAt }) => endedAt - startedAt)) / runs.length
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function percentile95(values: readonly number[]): number {
  const ascending = [...values].sort((a, b) => a - b)
  return ascending[Math.ceil(0.95 * ascending.length) - 1] ?? 0
}
