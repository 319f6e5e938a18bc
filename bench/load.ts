/**
 * How the server fares with many speakers at once: on each channel clips are said in real time, one after the other,
 * with pauses of 1.5 to 2.5 s, beginning at different moments. Who is refused stays away; the others go on.
 *
 * The client runs on the same machine: the table says which share of one core it took.
 */
import { countIncidents, type Incidents, openSpeakers, type Outcome } from './live-speaker.ts'
import { showProgress } from './progress.ts'
import { readCount, readPositive, runBench } from './run-bench.ts'
import { createRandom } from './seeded-random.ts'
import { readServerUsage } from './server-usage.ts'
import { inSetting, readDirections, type Setting, settingOptions, settingUsage } from './setting.ts'
import { readInputs, type SpokenInput } from './spoken-inputs.ts'
import { type Quantiles, quantiles, rounded, sum } from './statistics.ts'

const usage = `
usage: npm run bench:load -- [--channels 1,2,4,8,16,32] [--seconds 60] [--directions pt-en] [options]

  --channels LIST   how many speakers at once, one level after the other (1,2,4,8,16,32); MAX_CHANNELS of the server
                    refuses more
  --seconds N       length of a level (60)
  --directions LIST directions of the channels in turn (pt-en)
  --seed N          of the order of the clips and of the pauses (1)${settingUsage}`

interface Speech {
  readonly src: string
  readonly tgt: string
  readonly inputs: readonly [SpokenInput, ...SpokenInput[]]
}

interface Level extends Incidents {
  readonly channels: number
  readonly refused: number
  readonly utterances: number
  readonly lost: number
  readonly firstSound: Quantiles
  /** Of the server, for a second of speech. */
  readonly cpuPerSpeech: number
  /** Of the machine's cores, how many the server kept busy. */
  readonly serverCores: number
  readonly clientCores: number
  readonly rssMb: number
  readonly eventLoopP99Ms: number
  readonly outcomes: readonly Outcome[]
}

async function runLevel(
  { api, signal }: Setting,
  speeches: readonly Speech[],
  options: { readonly channels: number; readonly seconds: number; readonly seed: number },
): Promise<Level> {
  const { channels, seconds, seed } = options
  const { speakers, refused } = await openSpeakers(channels, (channel) => {
    const speech = speeches[channel % speeches.length] as Speech
    return { ...speech, server: api.url, random: createRandom(seed * 1000 + channel), signal }
  })
  const before = await readServerUsage(api)
  const clientBefore = process.cpuUsage()
  const startedAt = performance.now()
  await Promise.all(
    speakers.map(async (speaker) => {
      await speaker.talk(startedAt + seconds * 1000)
      await speaker.close()
    }),
  )
  const wallSeconds = (performance.now() - startedAt) / 1000
  const { user, system } = process.cpuUsage(clientBefore)
  const { cpuSeconds, rssMb, eventLoopP99Ms } = await readServerUsage(api)
  const usedSeconds = cpuSeconds - before.cpuSeconds
  const outcomes = speakers.flatMap((speaker, channel) => speaker.outcomes(channel))
  const speechSeconds = sum(outcomes.map(({ speechMs }) => speechMs)) / 1000
  return {
    channels,
    refused,
    utterances: outcomes.length,
    lost: outcomes.filter(({ lost }) => lost).length,
    firstSound: quantiles(outcomes.flatMap(({ firstSoundMs }) => firstSoundMs ?? [])),
    cpuPerSpeech: usedSeconds / speechSeconds,
    serverCores: usedSeconds / wallSeconds,
    clientCores: (user + system) / 1e6 / wallSeconds,
    rssMb,
    eventLoopP99Ms,
    ...countIncidents(speakers),
    outcomes,
  }
}

function toRow(level: Level): Record<string, number | string | undefined> {
  const { p50, p95, p99 } = level.firstSound
  return {
    channels: level.channels,
    refused: level.refused,
    clips: level.utterances,
    lost: level.lost,
    'P50 ms': p50,
    'P95 ms': p95,
    'P99 ms': p99,
    'CPU s/s': rounded(level.cpuPerSpeech, 2),
    cores: rounded(level.serverCores, 2),
    'client cores': rounded(level.clientCores, 2),
    'RSS MB': rounded(level.rssMb),
    'loop P99 ms': rounded(level.eventLoopP99Ms, 1),
    errors: level.errors,
    overruns: level.overruns,
    partials: level.partials,
    load: level.loadLevels.join(' '),
  }
}

await runBench(
  {
    usage,
    options: {
      ...settingOptions,
      channels: { type: 'string', default: '1,2,4,8,16,32' },
      seconds: { type: 'string', default: '60' },
      directions: { type: 'string', default: 'pt-en' },
      seed: { type: 'string', default: '1' },
    },
  },
  async ({ channels, seconds: length, directions, seed: start, ...values }, signal) => {
    const counts = channels.split(',').map((count) => readCount(count, '--channels'))
    const seconds = readPositive(length, '--seconds')
    const seed = readCount(start, '--seed')
    await inSetting(values, signal, async (setting) => {
      const speeches: Speech[] = []
      for (const direction of readDirections(directions)) {
        const { src: language } = direction
        speeches.push({
          ...direction,
          inputs: await readInputs(setting.api, { data: values.data, language, count: 40 }),
        })
      }
      const display = showProgress(counts.length, 'levels')
      const levels: Level[] = []
      try {
        for (const count of counts) {
          const level = await runLevel(setting, speeches, { channels: count, seconds, seed })
          levels.push(level)
          display.update(levels.length, `${count} channels: P95 ${level.firstSound.p95} ms`)
        }
      } finally {
        display.stop()
      }
      console.log(`\n${directions}, ${seconds} s a level, from the end of speech to the first sound`)
      console.table(levels.map(toRow))
      for (const level of levels) {
        for (const failure of level.failures) console.log(`${level.channels} channels: ${failure}`)
      }
      return { directions, seconds, levels }
    })
  },
)
