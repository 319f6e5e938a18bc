/** `npm run test:resume`: drops the line of real conversations at random moments and counts what got lost. */
import { openServer, serverOptions, serverUsage } from '../../bench/own-server.ts'
import { readCount, runBench } from '../../bench/run-bench.ts'
import { between, createRandom, type Random, shuffle } from '../../bench/seeded-random.ts'
import { ownData } from '../../bench/setting.ts'
import { readInputs, type SpokenInput } from '../../bench/spoken-inputs.ts'
import { quantiles, sum } from '../../bench/statistics.ts'
import { Microphone } from '../../src/cli/microphone.ts'
import { StreamClient } from '../../src/cli/stream-client.ts'
import { startBadLine } from './bad-line.ts'
import { account, type Account, type Dropped, dropAgainAndAgain } from './drops.ts'

const usage = `
usage: npm run test:resume -- [--drops 100] [--seed 1] [options]

Two people talk, each over a line that is dropped at random moments, half of the times without the server noticing.
${serverUsage}`

const directions = [
  { src: 'en', tgt: 'pt' },
  { src: 'pt', tgt: 'en' },
] as const
/** From being back to the next drop. */
const gapMs = [200, 4000] as const
/** Everything takes so long to arrive, so that something is always on its way when the line drops. */
const delayMs = 40

interface Result extends Account, Dropped {
  /** More or less than were sent. */
  readonly microphoneSamplesWrong: number
  readonly speechSamplesWrong: number
}

interface TalkOptions {
  readonly server: URL
  readonly direction: (typeof directions)[number]
  readonly inputs: readonly SpokenInput[]
  readonly drops: number
  readonly seed: number
  readonly signal: AbortSignal
}

async function talk({ direction, drops, inputs, seed, server, signal }: TalkOptions): Promise<Result> {
  const line = await startBadLine({ port: Number(server.port), delayMs })
  const sampleRate = inputs[0]?.recording.sampleRate ?? 16000
  const address = new URL(`http://127.0.0.1:${line.port}/`)
  const parameters = { ...direction, channelId: `resume-${direction.src}`, rate: sampleRate }
  const client = await StreamClient.connect(address, parameters, { signal })
  const off = new AbortController()
  let sent = 0
  const microphone = new Microphone({
    sampleRate,
    send(pcm) {
      sent += pcm.length
      client.sendAudio(pcm)
    },
  })
  const running = microphone.run({ signal: off.signal })
  void say(microphone, inputs, { random: createRandom(seed), sampleRate, signal: off.signal })
  try {
    const random = createRandom(seed + 1)
    const dropped = await dropAgainAndAgain({ client, line, random, drops, gapMs, signal })
    off.abort()
    await running
    const { summary } = await client.finish({ signal })
    const { audioInMs, audioOutMs } = summary as { audioInMs: number; audioOutMs: number }
    const spoken = sum(client.clauses.flatMap(({ pieces }) => pieces.map(({ pcm }) => pcm.length)))
    return {
      ...account(client),
      ...dropped,
      microphoneSamplesWrong: wrong(audioInMs, sent, sampleRate),
      speechSamplesWrong: wrong(audioOutMs, spoken, client.ready.output.sampleRate),
    }
  } finally {
    off.abort()
    client.terminate()
    line.close()
  }
}

interface SayOptions {
  readonly random: Random
  readonly sampleRate: number
  readonly signal: AbortSignal
}

/** All of it again and again, with pauses. */
async function say(
  microphone: Microphone,
  inputs: readonly SpokenInput[],
  { random, sampleRate, signal }: SayOptions,
): Promise<void> {
  while (!signal.aborted) {
    for (const { recording } of shuffle(inputs, random)) {
      await microphone.say(recording.pcm)
      await microphone.say(new Int16Array(Math.round(sampleRate * between(random, 0.3, 2))))
    }
  }
}

/** The server counts in milliseconds. */
function wrong(toldMs: number, samples: number, sampleRate: number): number {
  const difference = Math.round(samples - (toldMs * sampleRate) / 1000)
  return Math.abs(difference) <= sampleRate / 1000 ? 0 : difference
}

/** @returns whether nothing was lost */
function report(results: readonly Result[]): boolean {
  const total = (name: Exclude<keyof Result, 'awayMs'>): number =>
    sum(results.map((result) => Math.abs(result[name])))
  const { p50, p95 } = quantiles(results.flatMap(({ awayMs }) => awayMs))
  console.log(
    `${total('drops')} drops, of which the server did not notice ${total('halfOpen')}; back after ${p50} ms (P50), ${p95} ms (P95)`,
  )
  console.log(
    `${total('segments')} utterances: finals missing ${total('finalsMissing')}, twice ${total('finalsTwice')}; messages missing, twice or out of order ${total('messagesWrong')}`,
  )
  console.log(
    `samples missing or twice: ${total('microphoneSamplesWrong')} of the microphone, ${total('speechSamplesWrong')} of the speech; told as lost: ${total('lostMessages')} messages`,
  )
  const wrongs = ['finalsMissing', 'finalsTwice', 'messagesWrong', 'microphoneSamplesWrong'] as const
  return [...wrongs, 'speechSamplesWrong' as const, 'lostMessages' as const].every(
    (name) => total(name) === 0,
  )
}

await runBench(
  {
    usage,
    options: {
      ...serverOptions,
      drops: { type: 'string', default: '100' },
      seed: { type: 'string', default: '1' },
    },
  },
  async ({ drops, seed: start, ...values }, signal) => {
    const each = Math.ceil(readCount(drops, '--drops') / directions.length)
    const seed = readCount(start, '--seed')
    const server = await openServer(values, { signal })
    try {
      const speeches = []
      for (const direction of directions) {
        const inputs = await readInputs({ data: ownData, language: direction.src, count: 12 })
        speeches.push({ direction, inputs })
      }
      const results = await Promise.all(
        speeches.map((speech, index) =>
          talk({ ...speech, drops: each, seed: seed * 1000 + 2 * index, server: server.url, signal }),
        ),
      )
      if (!report(results)) process.exitCode = 1
    } finally {
      await server.close()
    }
  },
)
