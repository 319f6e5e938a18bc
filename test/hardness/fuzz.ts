/** `npm run test:fuzz`: does wrong input crash the server, hang it, fill its memory or disturb others? */
import { readCount, runBench } from '../../bench/run-bench.ts'
import { countHung, formatCounts, fuzz } from './fuzz-run.ts'
import { startSmallServer } from './small-server.ts'
import { SteadyConversation } from './steady-conversation.ts'

const usage = `
usage: npm run test:fuzz -- [--inputs 100000] [--seed 1] [--lanes 8]

Throws malformed messages, frames, upgrades and HTTP requests at a server with small engines in place of the models,
beside a conversation that must not notice.`

/** More than this is no longer the heap's usual breathing. */
const maxGrowthMb = 200
/** The good conversation's speech comes sooner, however busy the server is. */
const maxDelayMs = 3000
const warmUpInputs = 2000
/** Sessions whose clients vanished are forgotten. */
const settleMs = 3000

interface Options {
  readonly inputs: number
  readonly seed: number
  readonly lanes: number
}

/** @returns whether the server took no harm */
async function prove({ inputs, lanes, seed }: Options): Promise<boolean> {
  const server = await startSmallServer({ resumeWindowMs: 1000, maxChannels: 10_000 })
  try {
    const { port } = server
    await fuzz({ port, inputs: warmUpInputs, seed: seed + 1, lanes })
    const before = await server.memory()
    const steady = await SteadyConversation.open(port, 'steady')
    const startedAt = performance.now()
    const onProgress = (done: number): void => {
      if (done % 10_000 === 0) console.log(`${done} inputs`)
    }
    const counts = await fuzz({ port, inputs, seed, lanes, onProgress })
    const seconds = (performance.now() - startedAt) / 1000
    const steadiness = await steady.finish()
    await new Promise((resolve) => setTimeout(resolve, settleMs))
    const after = server.death === undefined ? await server.memory() : { nowMb: NaN, peakMb: NaN }
    const hung = countHung(counts)
    console.log(`\n${formatCounts(counts)}\n`)
    console.log(`${inputs} inputs in ${seconds.toFixed(0)} s; seed ${seed}`)
    console.log(
      `crashes: ${server.death === undefined ? 0 : `1, ${server.death}`}; without an answer: ${hung}`,
    )
    console.log(
      `memory: ${before.nowMb.toFixed(0)} MB before, ${after.nowMb.toFixed(0)} MB after, ${after.peakMb.toFixed(0)} MB at most`,
    )
    const { answered, incidents, lost, said, slowestMs, twice } = steadiness
    console.log(
      `the conversation beside it: ${said} utterances, ${answered} answered, ${lost} lost, ${twice} twice, ${incidents.length} incidents, the slowest answer after ${slowestMs.toFixed(0)} ms`,
    )
    for (const incident of incidents) console.log(`  ${incident}`)
    const undisturbed = lost === 0 && twice === 0 && incidents.length === 0 && slowestMs < maxDelayMs
    return server.death === undefined && hung === 0 && undisturbed && after.nowMb - before.nowMb < maxGrowthMb
  } finally {
    await server.close()
  }
}

await runBench(
  {
    usage,
    options: {
      inputs: { type: 'string', default: '100000' },
      seed: { type: 'string', default: '1' },
      lanes: { type: 'string', default: '8' },
    },
  },
  async ({ inputs, lanes, seed }) => {
    const sound = await prove({
      inputs: readCount(inputs, '--inputs'),
      lanes: readCount(lanes, '--lanes'),
      seed: readCount(seed, '--seed'),
    })
    if (!sound) process.exitCode = 1
  },
)
