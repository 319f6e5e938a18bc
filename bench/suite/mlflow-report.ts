/** Bench runs in MLflow. A bench never fails because of it: the first thing that goes wrong is told, and ends the report. */
import { toVoxbridgeError } from '../../src/errors.ts'
import { MlflowClient, type MlflowRun, type RunStatus } from '../../src/telemetry/mlflow/client.ts'
import type { BenchResult } from './bench.ts'
import type { Origin } from './machine.ts'
import type { ResultFile } from './result-files.ts'

export interface MlflowReportOptions {
  readonly trackingUri: string
  readonly experimentName: string
  readonly origin: Origin
  readonly warn: (line: string) => void
}

export class MlflowReport {
  readonly #options: MlflowReportOptions
  readonly #client: MlflowClient
  #run: MlflowRun | undefined
  #failed = false

  constructor(options: MlflowReportOptions) {
    this.#options = options
    this.#client = new MlflowClient({ trackingUri: options.trackingUri })
  }

  /** Shows the bench as running. */
  async begin(bench: string): Promise<void> {
    this.#run = undefined
    await this.#attempt(async () => {
      const { experimentName, origin } = this.#options
      const experimentId = await this.#client.findOrCreateExperiment(experimentName)
      this.#run = await this.#client.createRun({
        experimentId,
        name: `${bench} ${origin.commit}`,
        tags: {
          bench,
          commit: origin.commit,
          machine: origin.machine,
          'mlflow.source.name': 'npm run bench',
        },
      })
    })
  }

  /** @returns the address of the run's page, where all of it has arrived */
  async end(
    result: BenchResult,
    files: readonly ResultFile[],
    status: RunStatus,
  ): Promise<string | undefined> {
    const run = this.#run
    if (!run) return undefined
    const sent = await this.#attempt(async () => {
      const { commit, machine } = this.#options.origin
      await run.logParams({ ...result.params, commit, machine })
      await run.logMetrics(metricsOf(result))
      await run.setTags({ 'mlflow.note.content': result.table })
      for (const { path, content } of files) await run.logArtifact(path, content)
      await run.finish(status)
    })
    return sent ? run.url : undefined
  }

  /** Ends a run that has no result. */
  async giveUp(status: RunStatus): Promise<void> {
    await this.#attempt(async () => this.#run?.finish(status))
  }

  async #attempt(work: () => Promise<void>): Promise<boolean> {
    if (this.#failed) return false
    try {
      await work()
      return true
    } catch (error) {
      this.#failed = true
      this.#options.warn(`${toVoxbridgeError(error, 'ERR_MLFLOW').message} The bench goes on without it.`)
      return false
    }
  }
}

function metricsOf({ figures, series }: BenchResult) {
  return [
    ...Object.entries(figures).flatMap(([name, { value, spread }]) => [
      { name, value },
      { name: `${name}_spread`, value: spread ?? NaN },
    ]),
    ...Object.entries(series).flatMap(([name, values]) =>
      values.map((value, step) => ({ name: `each/${name}`, value, step })),
    ),
  ]
}
