/**
 * `npm run test:soak`: whether the server stays as it is. Some speakers talk for half an hour; each minute tells what it
 * cost, and the slopes tell what grew. The first tenth of the time warms up and does not count for the slopes.
 */
import { countIncidents, type LiveSpeaker, openSpeakers, type Outcome } from './live-speaker.ts'
import { readCount, readPositive, runBench } from './run-bench.ts'
import { createRandom } from './seeded-random.ts'
import { readServerUsage } from './server-usage.ts'
import { inSetting, readDirections, type Setting, settingOptions, settingUsage } from './setting.ts'
import { readInputs } from './spoken-inputs.ts'
import { quantile, quantiles, rounded, slope } from './statistics.ts'

const usage = `
usage: npm run test:soak -- [--channels 4] [--seconds 1800] [--directions pt-en] [options]

  --channels N      speakers at once (4)
  --seconds N       how long (1800)
  --directions LIST directions of the channels in turn (pt-en)
  --seed N          of the order of the clips and of the pauses (1)${settingUsage}`

interface Minute {
  readonly minute: number
  readonly clips: number
  readonly lost: number
  readonly p50: number
  readonly p95: number
  readonly rssMb: number
  /** Of the server since it started. */
  readonly cpuSeconds: number
  readonly eventLoopP99Ms: number
  /** So far. */
  readonly errors: number
  readonly overruns: number
}

const minuteMs = 60_000
/** A clip counts in the minute in which it should have been answered. */
const settleMs = 10_000

class Log {
  readonly minutes: Minute[] = []
  readonly #setting: Setting
  readonly #speakers: readonly LiveSpeaker[]
  #countedUntil = -Infinity

  constructor(setting: Setting, speakers: readonly LiveSpeaker[]) {
    this.#setting = setting
    this.#speakers = speakers
  }

  /** Of all clips so far; late answers count. */
  get outcomes(): Outcome[] {
    return this.#speakers.flatMap((speaker, channel) => speaker.outcomes(channel))
  }

  /** Counts the clips that ended before the moment `until` and were not counted yet. */
  async note(until: number): Promise<void> {
    const { api } = this.#setting
    const outcomes = this.outcomes.filter(({ endedAt }) => endedAt > this.#countedUntil && endedAt <= until)
    this.#countedUntil = until
    const { p50, p95 } = quantiles(outcomes.flatMap(({ firstSoundMs }) => firstSoundMs ?? []))
    const { errors, overruns } = countIncidents(this.#speakers)
    const minute: Minute = {
      minute: this.minutes.length + 1,
      clips: outcomes.length,
      lost: outcomes.filter(({ lost }) => lost).length,
      p50,
      p95,
      ...(await readServerUsage(api)),
      errors,
      overruns,
    }
    this.minutes.push(minute)
    console.log(
      `minute ${minute.minute}: ${minute.clips} clips, ${minute.lost} lost, P50 ${p50} ms, P95 ${p95} ms, ${Math.round(minute.rssMb)} MB, CPU so far ${rounded(minute.cpuSeconds)} s, loop ${rounded(minute.eventLoopP99Ms, 1)} ms, ${errors} errors, ${overruns} overruns`,
    )
  }

  /** An hour's growth of each. */
  slopes(): { rssMbPerHour: number; loopMsPerHour: number; firstSoundMsPerHour: number } {
    const warm = this.minutes.slice(Math.ceil(this.minutes.length / 10))
    const hour = 60 * minuteMs
    const { outcomes } = this
    const startedAt = Math.min(...outcomes.map(({ endedAt }) => endedAt))
    const warmAt = startedAt + (this.minutes.length - warm.length) * minuteMs
    const answers = outcomes.filter(({ endedAt }) => endedAt >= warmAt)
    return {
      rssMbPerHour: slope(warm.map(({ minute, rssMb }) => ({ x: minute / 60, y: rssMb }))),
      loopMsPerHour: slope(warm.map(({ minute, eventLoopP99Ms }) => ({ x: minute / 60, y: eventLoopP99Ms }))),
      firstSoundMsPerHour: slope(
        answers.flatMap(({ endedAt, firstSoundMs }) =>
          firstSoundMs === undefined ? [] : { x: endedAt / hour, y: firstSoundMs },
        ),
      ),
    }
  }
}

await runBench(
  {
    usage,
    options: {
      ...settingOptions,
      channels: { type: 'string', default: '4' },
      seconds: { type: 'string', default: '1800' },
      directions: { type: 'string', default: 'pt-en' },
      seed: { type: 'string', default: '1' },
    },
  },
  async ({ channels, seconds: length, directions: list, seed: start, ...values }, signal) => {
    const count = readCount(channels, '--channels')
    const seconds = readPositive(length, '--seconds')
    const seed = readCount(start, '--seed')
    const directions = readDirections(list)
    await inSetting(values, signal, async (setting) => {
      const { api } = setting
      const speeches = await Promise.all(
        directions.map(async ({ src, tgt }) => ({
          src,
          tgt,
          inputs: await readInputs({ data: values.data, language: src, count: 40 }),
        })),
      )
      const { speakers, refused } = await openSpeakers(count, (channel) => {
        const speech = speeches[channel % speeches.length] as (typeof speeches)[number]
        return { ...speech, server: api.url, random: createRandom(seed * 1000 + channel), signal }
      })
      console.log(`${speakers.length} channels for ${seconds} s, ${refused} refused`)
      const log = new Log(setting, speakers)
      const until = performance.now() + seconds * 1000
      const each = setInterval(
        () => void log.note(performance.now() - settleMs).catch(console.error),
        minuteMs,
      )
      try {
        await Promise.all(speakers.map((speaker) => speaker.talk(until)))
      } finally {
        clearInterval(each)
      }
      await Promise.all(speakers.map((speaker) => speaker.close()))
      await log.note(Infinity)
      const { outcomes } = log
      const answers = outcomes.flatMap(({ firstSoundMs }) => firstSoundMs ?? [])
      const slopes = log.slopes()
      const incidents = countIncidents(speakers)
      const losses = outcomes.filter(({ lost }) => lost)
      const lost = losses.length
      console.log(
        `\n${outcomes.length} utterances said, ${outcomes.length - lost} answered, ${lost} lost, ${incidents.errors} errors, ${incidents.overruns} overruns; first sound P50 ${rounded(quantile(answers, 0.5))} ms, P95 ${rounded(quantile(answers, 0.95))} ms`,
      )
      console.log(
        `growth in an hour: ${rounded(slopes.rssMbPerHour, 1)} MB resident, ${rounded(slopes.loopMsPerHour, 1)} ms of event-loop delay, ${rounded(slopes.firstSoundMsPerHour)} ms until the first sound`,
      )
      for (const { channel, name, startMs } of losses)
        console.log(`lost: ${name}, at ${(startMs / 1000).toFixed(0)} s of channel ${channel}`)
      if (lost > 0 || incidents.failures.length > 0) process.exitCode = 1
      for (const failure of incidents.failures) console.log(failure)
      return { channels: count, refused, seconds, minutes: log.minutes, slopes, lost, incidents, outcomes }
    })
  },
)
