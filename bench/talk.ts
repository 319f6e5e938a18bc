/**
 * A long talk without long pauses: clips of one speaker, joined with gaps of 100 to 250 ms, in real time on one channel.
 * Does the translated speech fall behind? The listener plays what arrives, one clause after the other; `talk-lag.ts`
 * says how the lag of a clause is measured.
 */
import { joinPcm } from '../src/pipeline/join-samples.ts'
import type { Recording } from '../src/cli/wav.ts'
import { findSpeech } from './audible.ts'
import { Conversation } from './conversation.ts'
import { Listener } from './listener.ts'
import { showProgress } from './progress.ts'
import { readCount, readPositive, runBench } from './run-bench.ts'
import { between, createRandom, type Random, shuffle } from './seeded-random.ts'
import { readServerUsage } from './server-usage.ts'
import { inSetting, settingOptions, settingUsage } from './setting.ts'
import { readInputs } from './spoken-inputs.ts'
import { quantiles, rounded } from './statistics.ts'
import { findTrend, measureLags } from './talk-lag.ts'

const usage = `
usage: npm run bench:talk -- [--minutes 10] [--src pt] [--tgt en] [options]

  --minutes N       length of the talk (10)
  --src --tgt LANG  the direction (pt, en)
  --seed N          of the order of the clips and of the gaps (1)${settingUsage}`

const [leastGapMs, mostGapMs] = [100, 250]
const sampleEveryMs = 1000
/** So that the last words end by a pause of their own. */
const tailMs = 2000

/** The speech of the clips without the silence around it, in random order, as often as it takes. */
function compose(clips: readonly Recording[], lengthMs: number, random: Random): Int16Array[] {
  const parts: Int16Array[] = []
  let waiting: Recording[] = []
  for (let doneMs = 0; doneMs < lengthMs;) {
    if (waiting.length === 0) waiting = shuffle(clips, random)
    const clip = waiting.pop() as Recording
    const toSamples = (ms: number): number => Math.round((ms * clip.sampleRate) / 1000)
    const { startMs, endMs } = findSpeech(clip)
    const gapMs = between(random, leastGapMs, mostGapMs)
    parts.push(clip.pcm.subarray(toSamples(startMs), toSamples(endMs)), new Int16Array(toSamples(gapMs)))
    doneMs += endMs - startMs + gapMs
  }
  return parts
}

await runBench(
  {
    usage,
    options: {
      ...settingOptions,
      minutes: { type: 'string', default: '10' },
      src: { type: 'string', default: 'pt' },
      tgt: { type: 'string', default: 'en' },
      seed: { type: 'string', default: '1' },
    },
  },
  async ({ minutes: length, src, tgt, seed, ...values }, signal) => {
    const talkMs = readPositive(length, '--minutes') * 60_000
    const random = createRandom(readCount(seed, '--seed'))
    await inSetting(values, signal, async ({ api }) => {
      const inputs = await readInputs({ data: values.data, language: src, count: 100 })
      const { sampleRate } = inputs[0].recording
      const clips = inputs.map(({ recording }) => recording)
      const tail = new Int16Array((tailMs * sampleRate) / 1000)
      const talk = joinPcm([...compose(clips, talkMs, random), tail])
      const conversation = await Conversation.open(api.url, { src, tgt, sampleRate, partials: true, signal })
      const { client } = conversation
      const listener = Listener.to(client)
      const before = await readServerUsage(api)

      const startedAt = performance.now()
      const backlogs: { readonly atMs: number; readonly backlogMs: number }[] = []
      const display = showProgress(Math.round(talkMs / sampleEveryMs), 'seconds')
      const sampling = setInterval(() => {
        const now = performance.now()
        const backlogMs = listener.backlogMs(now)
        backlogs.push({ atMs: now - startedAt, backlogMs })
        display.update(backlogs.length, `${(backlogMs / 1000).toFixed(1)} s still to be played`)
      }, sampleEveryMs)
      const said = await conversation.tell({ pcm: talk, sampleRate }).finally(() => {
        clearInterval(sampling)
        display.stop()
      })
      await conversation.close()

      const after = await readServerUsage(api)
      const finals = client.all('transcript').filter(({ final, text }) => final && text !== '')
      const lags = measureLags(finals, listener.clauses, said.startedAt - said.startMs)
      const trend = findTrend(lags, talkMs)
      const spoken = new Set(listener.clauses.map(({ segment }) => segment))
      const all = quantiles(lags.map(({ lagMs }) => lagMs))
      const summary = {
        segments: finals.length,
        'longest segment s': rounded(
          Math.max(...finals.map(({ startMs, endMs }) => endMs - startMs)) / 1000,
          1,
        ),
        'not spoken': finals.filter(({ segment }) => !spoken.has(segment)).length,
        clauses: lags.length,
        'lag P50 ms': all.p50,
        'lag P95 ms': all.p95,
        'at the start, median ms': rounded(trend.firstMs),
        'at the end, median ms': rounded(trend.lastMs),
        'slope, ms a minute': rounded(trend.slopeMsPerMinute),
        'most to be played, ms': rounded(Math.max(0, ...backlogs.map(({ backlogMs }) => backlogMs))),
        errors: client.all('error').length,
        'dropped ms': client.all('overrun').reduce((sum, { droppedMs }) => sum + droppedMs, 0),
        'RSS before, MB': rounded(before.rssMb),
        'RSS after, MB': rounded(after.rssMb),
      }
      console.log(`\n${src} to ${tgt}, a talk of ${rounded(talkMs / 60_000, 1)} minutes`)
      console.table(summary)
      return { src, tgt, summary, lags, backlogs }
    })
  },
)
