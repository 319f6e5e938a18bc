/** What the command lines of the benches have in common. */
import { parseArgs, type ParseArgsConfig } from 'node:util'
import { UsageError } from '../src/cli/translate-options.ts'
import { VoxbridgeError } from '../src/errors.ts'

type OptionsConfig = NonNullable<ParseArgsConfig['options']>
export type OptionValues<Options extends OptionsConfig> = ReturnType<
  typeof parseArgs<{ options: Options }>
>['values']

export interface BenchDescription<Options extends OptionsConfig> {
  /** What `--help` prints. */
  readonly usage: string
  readonly options: Options
}

/**
 * Reads the command line and works; Ctrl-C aborts `signal`. What is wrong with the command line, the server or the
 * files is one line on standard error; any other error is ours and keeps its stack.
 */
export async function runBench<const Options extends OptionsConfig>(
  { usage, options }: BenchDescription<Options>,
  work: (values: OptionValues<Options>, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  if (process.argv.includes('--help')) return console.log(usage.trim())
  const interrupted = new AbortController()
  process.once('SIGINT', () => interrupted.abort())
  process.once('SIGTERM', () => interrupted.abort())
  try {
    await work(parseArgs({ options }).values, interrupted.signal)
  } catch (error) {
    if (!interrupted.signal.aborted) console.error(isExpected(error) ? error.message : error)
    process.exitCode = 1
  }
}

/** @throws UsageError where `text` is no whole number of at least 1. */
export function readCount(text: string, name: string): number {
  const count = Number(text)
  if (Number.isSafeInteger(count) && count >= 1) return count
  throw new UsageError(`${name} ${text} is not allowed: a whole number of at least 1 is needed`)
}

/** @throws UsageError where `text` is no number above 0. */
export function readPositive(text: string, name: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0) return value
  throw new UsageError(`${name} ${text} is not allowed: a number above 0 is needed`)
}

/** Errors of `parseArgs` and of the system carry a code; errors of ours in the program do not. */
export function isExpected(error: unknown): error is Error {
  if (error instanceof UsageError || error instanceof VoxbridgeError) return true
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
}
