/** `npm run test:chaos`: five minutes in which everything that may break does, and what was lost by that. */
import { readCount, runBench } from '../../bench/run-bench.ts'
import { runChaos } from './chaos.ts'
import { countLost, formatReport } from './report.ts'

const usage = `
usage: npm run test:chaos -- [--seconds 300] [--seed 1] [--channels 4]

  --seconds N   how long (300)
  --seed N      of everything that is left to chance (1)
  --channels N  people who speak at a time (4)`

await runBench(
  {
    usage,
    options: {
      seconds: { type: 'string', default: '300' },
      seed: { type: 'string', default: '1' },
      channels: { type: 'string', default: '4' },
    },
  },
  async (values, signal) => {
    const report = await runChaos({
      seconds: readCount(values.seconds, '--seconds'),
      seed: readCount(values.seed, '--seed'),
      channels: readCount(values.channels, '--channels'),
      log: (line) => console.log(line),
      signal,
    })
    console.log(`\n${formatReport(report)}`)
    if (countLost(report) + report.twice > 0) process.exitCode = 1
  },
)
