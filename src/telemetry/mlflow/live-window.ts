/** What happened on the server since the last look, for MLflow. */
import { quantile } from '../quantile.ts'
import type { ErrorCode } from '../../errors.ts'
import { type Load, loadLevels } from '../../models/load.ts'
import type { LatencyReport } from '../../pipeline/timing.ts'
import type { ServerCounters } from '../metrics.ts'

/** What is measured at the moment of asking. */
export interface LiveGauges {
  readonly channels: number
  readonly load: Load
  readonly eventLoopP99Ms: number
}

const stages = ['firstAudio', 'endpoint', 'asr', 'mt', 'tts', 'queue'] as const
/** Far more than one machine can say in a minute; the rest would not change the quantiles. */
const maxReports = 10_000

export class LiveWindow implements ServerCounters {
  #reports: LatencyReport[] = []
  #errors = new Map<ErrorCode, number>()
  #utterances = 0
  #overruns = 0
  #droppedMs = 0

  countUtterance(): void {
    this.#utterances++
  }

  countError(code: ErrorCode): void {
    this.#errors.set(code, (this.#errors.get(code) ?? 0) + 1)
  }

  countDropped(ms: number): void {
    this.#overruns++
    this.#droppedMs += ms
  }

  observeLatency(report: LatencyReport): void {
    if (this.#reports.length < maxReports) this.#reports.push(report)
  }

  /**
   * Begins anew.
   * @returns values by MLflow's names; latency is left out where nothing was spoken.
   */
  take({ channels, load, eventLoopP99Ms }: LiveGauges): Record<string, number> {
    const values = {
      channels,
      'load/level': loadLevels.indexOf(load.level),
      'load/utilisation': load.utilisation,
      'load/event_loop_p99_ms': eventLoopP99Ms,
      utterances: this.#utterances,
      'overruns/count': this.#overruns,
      'overruns/dropped_ms': this.#droppedMs,
      'errors/all': [...this.#errors.values()].reduce((total, count) => total + count, 0),
      ...Object.fromEntries([...this.#errors].map(([code, count]) => [`errors/${code}`, count])),
      ...summarizeLatency(this.#reports),
    }
    this.#reports = []
    this.#errors = new Map()
    this.#utterances = this.#overruns = this.#droppedMs = 0
    return values
  }
}

function summarizeLatency(reports: readonly LatencyReport[]): Record<string, number> {
  if (reports.length === 0) return {}
  return Object.fromEntries(
    stages.flatMap((stage) => {
      const values = reports.map((report) => report[`${stage}Ms`])
      return [
        [`latency/${stage}_p50_ms`, quantile(values, 0.5)],
        [`latency/${stage}_p95_ms`, quantile(values, 0.95)],
      ]
    }),
  )
}
