/** `npm run bench`: all benches, or those that are named. */
import { bleuBench } from './bleu.ts'
import { latencyBench } from './latency.ts'
import { loadBench } from './load.ts'
import { mosBench } from './mos.ts'
import { peersBench } from './peers.ts'
import { isExpected } from './run-bench.ts'
import type { Bench } from './suite/bench.ts'
import { type Command, formatUsage, readCommand } from './suite/command-line.ts'
import { compareLast, formatComparison } from './suite/compare.ts'
import { readHistory } from './suite/history.ts'
import { runSuite } from './suite/run-suite.ts'
import { werBench } from './wer.ts'

const benches: readonly Bench[] = [latencyBench, loadBench, werBench, bleuBench, mosBench, peersBench]

async function compare(): Promise<void> {
  const comparisons = compareLast(await readHistory())
  for (const comparison of comparisons) console.log(`${formatComparison(comparison)}`)
  if (comparisons.length === 0) {
    console.log('Nothing was measured twice on this machine with the same settings yet.')
  }
}

/** At the first Ctrl-C what is done is kept; the second ends the process at once. */
async function run(command: Command): Promise<void> {
  const interrupted = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort())
  const complete = await runSuite(command, { signal: interrupted.signal })
  if (interrupted.signal.aborted) process.exitCode = 130
  else if (!complete) process.exitCode = 1
}

try {
  const command = readCommand(process.argv.slice(2), benches)
  if (command.help) console.log(formatUsage(benches))
  else if (command.compare) await compare()
  else await run(command)
} catch (error) {
  console.error(isExpected(error) ? error.message : error)
  process.exitCode = 1
}
