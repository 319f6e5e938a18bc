/**
 * How the server fares with many speakers at once: on each channel clips are said in real time, one after the other,
 * with pauses of 1.5 to 2.5 s, beginning at different moments. Who is refused stays away; the others go on.
 *
 * The client runs on the same machine: the table says which share of one core it took.
 */
import { availableCores } from '../src/cores.ts'
import { drawLoad } from './charts/load-chart.ts'
import { countIncidents, type Incidents, openSpeakers, type Outcome } from './live-speaker.ts'
import { showProgress } from './progress.ts'
import { readCount, readPositive } from './run-bench.ts'
import { createRandom } from './seeded-random.ts'
import { readServerUsage } from './server-usage.ts'
import { nameDirection, readDirections, type Setting, speechOptions, withServer } from './setting.ts'
import { readInputs, type SpokenInput } from './spoken-inputs.ts'
import { quantile, type Quantiles, quantiles, rounded, sum } from './statistics.ts'
import { type BenchResult, defineBench, type Figure, untilInterrupted } from './suite/bench.ts'
import { describeMachine } from './suite/machine.ts'
import { type Cell, markdownTable } from './suite/markdown.ts'
import { chooseModels, modelOptions, serverParams, serverSettings } from './suite/models.ts'
import { bootstrapSpread } from './suite/spread.ts'

const usage = `  --channels LIST   how many speakers at once, one level after the other (1,2,4,8,16,32); MAX_CHANNELS of the server
                    refuses more
  --seconds N       length of a level (60)
  --directions LIST directions of the channels in turn (pt-en)
  --seed N          of the order of the clips and of the pauses (1)`

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

function toRow(level: Level): Record<string, Cell> {
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

function toFigures(level: Level): Record<string, Figure> {
  const waits = level.outcomes.flatMap(({ firstSoundMs }) => firstSoundMs ?? [])
  const p95 = (sample: readonly number[]): number => quantile(sample, 0.95)
  const prefix = `${level.channels}_speakers`
  return {
    [`${prefix}/first_sound_p95`]: {
      value: p95(waits),
      unit: 'ms',
      better: 'lower',
      spread: bootstrapSpread(waits, p95),
    },
    [`${prefix}/cpu_per_speech`]: { value: level.cpuPerSpeech, unit: 's/s', better: 'lower' },
    [`${prefix}/lost`]: { value: level.lost, unit: '', better: 'lower' },
    [`${prefix}/refused`]: { value: level.refused, unit: '', better: 'lower' },
  }
}

function toTable(levels: readonly Level[]): string {
  const rows = levels.map(toRow)
  const failures = levels.flatMap(({ channels, failures }) =>
    failures.map((failure) => `\n${channels} channels: ${failure}\n`),
  )
  return [
    markdownTable(
      Object.keys(rows[0] ?? {}),
      rows.map((row) => Object.values(row)),
    ),
    ...failures,
  ].join('')
}

export const loadBench = defineBench({
  name: 'load',
  title: 'the same with many speakers at once, and what it costs',
  usage,
  options: {
    ...speechOptions,
    ...modelOptions,
    channels: { type: 'string', default: '1,2,4,8,16,32' },
    seconds: { type: 'string', default: '60' },
    directions: { type: 'string', default: 'pt-en' },
    seed: { type: 'string', default: '1' },
  },
  async run(
    { channels, seconds: length, directions, seed: start, models: names, ...values },
    { signal },
  ): Promise<BenchResult | undefined> {
    const counts = channels.split(',').map((count) => readCount(count, '--channels'))
    const seconds = readPositive(length, '--seconds')
    const seed = readCount(start, '--seed')
    const wanted = readDirections(directions)
    const models = await chooseModels(names)
    const levels: Level[] = []
    await untilInterrupted(signal, () =>
      withServer(values, { signal, settings: serverSettings(models) }, async (setting) => {
        const speeches: Speech[] = []
        for (const direction of wanted) {
          const { src: language } = direction
          const inputs = await readInputs({ data: values.data, language, count: 40 })
          speeches.push({ ...direction, inputs })
        }
        const display = showProgress(counts.length, 'levels')
        try {
          for (const count of counts) {
            const level = await runLevel(setting, speeches, { channels: count, seconds, seed })
            levels.push(level)
            display.update(levels.length, `${count} channels: P95 ${level.firstSound.p95} ms`)
          }
        } finally {
          display.stop()
        }
      }),
    )
    if (levels.length === 0) return undefined
    return {
      params: {
        ...serverParams(models),
        ...{ channels, seconds: length, directions, seed: start, data: values.data },
      },
      figures: Object.assign({}, ...levels.map(toFigures)) as Record<string, Figure>,
      series: {
        first_sound_p50: levels.map(({ firstSound }) => firstSound.p50),
        first_sound_p95: levels.map(({ firstSound }) => firstSound.p95),
        server_cores: levels.map(({ serverCores }) => serverCores),
      },
      table: toTable(levels),
      charts: [
        {
          name: 'curve',
          svg: drawCurve(levels, `${wanted.map(nameDirection).join(', ')}; ${seconds} s at each step`),
        },
      ],
      details: { directions, seconds, levels },
    }
  },
})

function drawCurve(levels: readonly Level[], subtitle: string): string {
  const points = levels.map(({ channels, firstSound, serverCores, refused }) => ({
    ...{ channels, serverCores, refused },
    p50Ms: firstSound.p50,
    p95Ms: firstSound.p95,
  }))
  return drawLoad({ points, cores: availableCores(), subtitle, footer: describeMachine() })
}
