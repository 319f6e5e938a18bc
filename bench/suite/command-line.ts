/** The command line of `npm run bench`. */
import { parseArgs } from 'node:util'
import { UsageError } from '../../src/cli/translate-options.ts'
import { speechUsage } from '../setting.ts'
import type { Bench } from './bench.ts'

/** Options of the command itself. */
export const commonOptions = {
  'no-mlflow': { type: 'boolean', default: false },
  'no-history': { type: 'boolean', default: false },
  // Every bench may be given these, whether or not they mean anything to it.
  trials: { type: 'string' },
  data: { type: 'string' },
  models: { type: 'string' },
  out: { type: 'string', default: 'bench/results' },
  json: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const

const compareName = 'compare'

export interface Command {
  readonly benches: readonly Bench[]
  readonly compare: boolean
  readonly help: boolean
  readonly mlflow: boolean
  readonly history: boolean
  readonly out: string
  readonly json: string | undefined
  /** The command line without the names of benches. */
  readonly optionArgs: readonly string[]
}

/** @throws UsageError for a name that is none; what a bench's own options are is looked at by the bench. */
export function readCommand(args: readonly string[], all: readonly Bench[]): Command {
  const names = takeNames(args)
  const unknown = names.find((name) => name !== compareName && !all.some((bench) => bench.name === name))
  if (unknown !== undefined) {
    const known = [...all.map(({ name }) => name), compareName].join(', ')
    throw new UsageError(`there is no bench "${unknown}"; there are: ${known}`)
  }
  const optionArgs = args.slice(names.length)
  const { values } = parseArgs({ args: optionArgs, options: commonOptions, strict: false })
  const chosen = all.filter(({ name }) => names.includes(name))
  const benches = names.length === 0 ? all.filter(({ onlyByName }) => !onlyByName) : chosen
  const json = typeof values.json === 'string' ? values.json : undefined
  if (json !== undefined && benches.length !== 1)
    throw new UsageError('--json FILE is for one bench: name it')
  return {
    benches,
    compare: names.includes(compareName),
    help: values.help === true,
    mlflow: values['no-mlflow'] !== true,
    history: values['no-history'] !== true,
    out: typeof values.out === 'string' ? values.out : commonOptions.out.default,
    json,
    optionArgs,
  }
}

/** Names come first, as in `latency load --trials 10`. */
function takeNames(args: readonly string[]): string[] {
  const firstOption = args.findIndex((arg) => arg.startsWith('-'))
  return args.slice(0, firstOption === -1 ? args.length : firstOption)
}

/** Options of other benches are let through, so that one command line serves them all. */
export function prepare(bench: Bench, { benches, optionArgs }: Command) {
  const others = benches.filter((other) => other !== bench).map(({ options }) => withoutDefaults(options))
  return bench.prepare(optionArgs, Object.assign({}, ...others, commonOptions) as Bench['options'])
}

function withoutDefaults(options: Bench['options']): Bench['options'] {
  return Object.fromEntries(Object.entries(options).map(([name, { default: _, ...rest }]) => [name, rest]))
}

export function formatUsage(all: readonly Bench[]): string {
  const list = all.map(
    ({ name, title, onlyByName }) =>
      `  ${name.padEnd(18)}${title}${onlyByName ? ' (only where it is named)' : ''}`,
  )
  const own = all.map(({ name, usage }) => `\n${name}:\n${usage}`)
  return `usage: npm run bench -- [BENCH ...] [options]

Runs the benches named, or all of them:
${list.join('\n')}
  compare           prints what changed since the last commit that was measured in the same way

  --trials N        utterances, clips or lines of each language, in the benches that go through some
  --models LIST     installed models to measure, by name, in place of those of the environment
  --no-mlflow       do not report to MLFLOW_TRACKING_URI
  --no-history      leave bench/history.json as it is
  --out DIR         folder of the results; each run gets one of its own in it (bench/results)
  --json FILE       write the figures of a single bench there too
  --help            this text

Benches that say something to a server:${speechUsage}
${own.join('\n')}`
}
