/** What a bench of `npm run bench` is: options of its own, and a result that can be kept, drawn and compared. */
import { parseArgs, type ParseArgsConfig } from 'node:util'
import type { OptionValues } from '../run-bench.ts'

type OptionsConfig = NonNullable<ParseArgsConfig['options']>

/** A headline figure. */
export interface Figure {
  readonly value: number
  /** E.g. `ms`, `%`; empty for a score. */
  readonly unit: string
  readonly better: 'lower' | 'higher'
  /** Half of the 95 % interval around the value; undefined where one run says nothing about it. */
  readonly spread?: number | undefined
}

export interface Chart {
  /** Of the file, without its ending. */
  readonly name: string
  readonly svg: string
}

export interface BenchResult {
  /** What was measured with which settings: figures compare where these are equal. */
  readonly params: Readonly<Record<string, string>>
  /** By name, e.g. `pt-en/first_sound_p50`. */
  readonly figures: Readonly<Record<string, Figure>>
  /** Single measurements in their order, by name. */
  readonly series: Readonly<Record<string, readonly number[]>>
  /** Markdown. */
  readonly table: string
  readonly charts: readonly Chart[]
  /** Everything else; it becomes JSON. */
  readonly details: unknown
}

export interface BenchContext {
  /** Aborts at Ctrl-C: what is done by then is the result. */
  readonly signal: AbortSignal
}

/** @returns undefined where it was interrupted before anything was done */
type Work = (context: BenchContext) => Promise<BenchResult | undefined>

export interface Bench {
  readonly name: string
  /** In a few words. */
  readonly title: string
  /** Lines of the usage text about its own options. */
  readonly usage: string
  readonly options: OptionsConfig
  /** Whether it runs only where it is asked for by its name. */
  readonly onlyByName?: boolean
  /**
   * @param shared options that may be on the command line too
   * @throws TypeError with a code where the command line has something else on it
   */
  prepare(args: readonly string[], shared: OptionsConfig): Work
}

export interface BenchDescription<Options extends OptionsConfig> extends Omit<Bench, 'prepare'> {
  readonly options: Options
  readonly run: (values: OptionValues<Options>, context: BenchContext) => Promise<BenchResult | undefined>
}

export function defineBench<const Options extends OptionsConfig>({
  run,
  ...description
}: BenchDescription<Options>): Bench {
  return {
    ...description,
    prepare(args, shared) {
      const options = { ...shared, ...description.options }
      const { values } = parseArgs({ args: [...args], options })
      return (context) => run(values, context)
    },
  }
}

/** Work that may be given up half way: what it did stays done. */
export async function untilInterrupted(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
