/** Runs benches one after the other and keeps what came of each: files, a line of the history, a run in MLflow. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type MlflowConfig, readConfig } from '../../src/config.ts'
import { isExpected } from '../run-bench.ts'
import type { Bench, BenchResult } from './bench.ts'
import { type Command, prepare } from './command-line.ts'
import { addToHistory, historyFile } from './history.ts'
import { describeOrigin, type Origin } from './machine.ts'
import { MlflowReport } from './mlflow-report.ts'
import { resultFiles, writeFiles } from './result-files.ts'

export interface SuiteOptions {
  readonly signal: AbortSignal
  readonly mlflow?: MlflowConfig
  readonly historyFile?: string
  readonly print?: (line: string) => void
}

/**
 * What one bench does wrong is told and does not stop the others; after Ctrl-C none begins.
 * @returns whether all of them ran to their end
 * @throws TypeError for an option that no bench has
 */
export async function runSuite(command: Command, options: SuiteOptions): Promise<boolean> {
  const works = command.benches.map((bench) => ({ bench, work: prepare(bench, command) }))
  const origin = await describeOrigin()
  const suite = new Suite(command, origin, options)
  let complete = true
  for (const { bench, work } of works) {
    if (options.signal.aborted) return false
    complete = (await suite.run(bench, work)) && complete
  }
  return complete
}

class Suite {
  readonly #command: Command
  readonly #origin: Origin
  readonly #signal: AbortSignal
  readonly #report: MlflowReport | undefined
  readonly #historyFile: string
  readonly #print: (line: string) => void
  readonly #dir: string

  constructor(command: Command, origin: Origin, options: SuiteOptions) {
    const { signal, mlflow = readConfig().mlflow, print = console.log } = options
    const { trackingUri, experimentName } = mlflow
    this.#command = command
    this.#origin = origin
    this.#signal = signal
    this.#historyFile = options.historyFile ?? historyFile
    this.#print = print
    this.#dir = join(command.out, origin.date.slice(0, 19).replaceAll(':', '-'))
    if (command.mlflow && trackingUri !== undefined) {
      this.#report = new MlflowReport({ trackingUri, experimentName, origin, warn: console.error })
    }
  }

  /** @returns whether it ran to its end */
  async run(bench: Bench, work: ReturnType<Bench['prepare']>): Promise<boolean> {
    this.#print(`\n${bench.name}: ${bench.title}`)
    await this.#report?.begin(bench.name)
    try {
      const result = await work({ signal: this.#signal })
      if (result) await this.#keep(bench.name, result)
      else await this.#report?.giveUp('KILLED')
      return result !== undefined && !this.#signal.aborted
    } catch (error) {
      await this.#report?.giveUp(this.#signal.aborted ? 'KILLED' : 'FAILED')
      if (!this.#signal.aborted) console.error(isExpected(error) ? `${bench.name}: ${error.message}` : error)
      return false
    }
  }

  async #keep(bench: string, result: BenchResult): Promise<void> {
    const interrupted = this.#signal.aborted
    const { json, history } = this.#command
    this.#print(`\n${result.table}`)
    const files = await resultFiles(bench, result, { ...this.#origin, interrupted })
    await writeFiles(this.#dir, files)
    if (json !== undefined) await writeFile(json, files[0].content)
    this.#print(`${interrupted ? 'Interrupted; what was done is' : 'All of it is'} in ${this.#dir}`)
    if (history && !interrupted) {
      const { params, figures } = result
      await addToHistory({ bench, ...this.#origin, params, figures }, this.#historyFile)
    }
    const url = await this.#report?.end(result, files, interrupted ? 'KILLED' : 'FINISHED')
    if (url !== undefined) this.#print(`MLflow: ${url}`)
  }
}
