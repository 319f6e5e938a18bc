/**
 * The page in a real browser: from the click to the first frame that is sent, from the end of speech to the first sound
 * in the page, and how much is loaded.
 *
 * The microphone is opened as ever; then a clip, played in the page, takes the place of what it hears. Speech ends
 * where the energy of the clip says so. The first sound is the first sample of the translation at the output of the
 * page, by the browser's own account of its output's delay. Each utterance is a conversation of its own.
 */
import { chromium, type Page, type Response } from 'playwright-core'
import { UsageError } from '../src/cli/translate-options.ts'
import { encodeWav } from '../src/transport/wav.ts'
import { findSpeech } from './audible.ts'
import { chromiumPath } from './chromium.ts'
import { type Progress, showProgress } from './progress.ts'
import { readCount, runBench } from './run-bench.ts'
import {
  type Direction,
  inSetting,
  readDirections,
  type Setting,
  settingOptions,
  settingUsage,
} from './setting.ts'
import { readInputs, type SpokenInput } from './spoken-inputs.ts'
import { quantiles, sum } from './statistics.ts'

const usage = `
usage: npm run bench:page -- [--trials 20] [--directions pt-en,en-pt] [options]

  --trials N        utterances of each direction (20)
  --directions LIST directions, one after the other (pt-en,en-pt)${settingUsage}`

/** Puts clips in place of what the microphone hears. */
const clipMicrophone = `
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
  let opening
  const openClips = async (constraints) => {
    const microphone = await open(constraints)
    for (const track of microphone.getTracks()) track.stop()
    const destination = new MediaStreamAudioDestinationNode(new AudioContext())
    new ConstantSourceNode(destination.context, { offset: 0 }).connect(destination)
    return destination
  }
  navigator.mediaDevices.getUserMedia = async (constraints) => {
    opening = openClips(constraints)
    return (await opening).stream
  }
  window.say = async (base64, endSeconds) => {
    const destination = await opening
    const { context } = destination
    const wav = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
    const source = new AudioBufferSourceNode(context, { buffer: await context.decodeAudioData(wav.buffer) })
    source.connect(destination)
    const startsIn = 0.5
    source.start(context.currentTime + startsIn)
    return performance.now() + (startsIn + endSeconds) * 1000
  }
`

interface Trial {
  readonly name: string
  /** From the click to the first frame that was sent. */
  readonly firstFrameMs: number
  /** From the end of speech to the first sound; undefined where nothing was heard after it. */
  readonly firstSoundMs: number | undefined
}

const soundTimeoutMs = 20_000
/** The browser does not tell of these when it loads them. */
const worklets = ['capture-worklet.js', 'playback-worklet.js', 'resampler.js']
const loadedFiles = /(\/|\.(html|js|css|svg|webmanifest))$/

async function openBrowser(): Promise<Page> {
  if (chromiumPath === undefined) throw new UsageError('Chromium is missing: apt-get install chromium')
  const browser = await chromium.launch({
    executablePath: chromiumPath,
    args: [
      '--no-sandbox',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      '--autoplay-policy=no-user-gesture-required',
    ],
  })
  const context = await browser.newContext({ permissions: ['microphone'] })
  const page = await context.newPage()
  await page.addInitScript(clipMicrophone)
  return page
}

/** The end of the last entry of the page's timeline that has this name and begins after `since`. */
function readTimeline(page: Page, name: string, since: number): Promise<number | undefined> {
  return page.evaluate<number | undefined>(`
    performance.getEntriesByName('voxbridge:${name}')
      .map(({ startTime, duration }) => startTime + duration)
      .find((end) => end >= ${since})
  `)
}

async function measure(page: Page, { name, recording }: SpokenInput): Promise<Trial> {
  const clickedAt = await page.evaluate<number>('performance.now()')
  await page.click('#start')
  await page.locator('body[data-state=listening]').waitFor()
  const wav = Buffer.from(encodeWav(recording.pcm, recording.sampleRate)).toString('base64')
  const endMs = findSpeech(recording).endMs
  const endedAt = await page.evaluate<number>(`say('${wav}', ${endMs / 1000})`)
  let soundAt: number | undefined
  const giveUpAt = performance.now() + endMs + soundTimeoutMs
  while (soundAt === undefined && performance.now() < giveUpAt) {
    await page.waitForTimeout(50)
    soundAt = await readTimeline(page, 'first-sound', endedAt)
  }
  const startedAt = (await readTimeline(page, 'start', clickedAt)) ?? NaN
  const frameAt = (await readTimeline(page, 'first-frame', clickedAt)) ?? NaN
  await page.click('#start')
  await page.locator('body[data-state=idle]').waitFor()
  await page.locator('#state:empty').waitFor({ state: 'attached' })
  const firstSoundMs = soundAt === undefined ? undefined : soundAt - endedAt
  return { name, firstFrameMs: frameAt - startedAt, firstSoundMs }
}

async function measureDirection(
  { api }: Setting,
  direction: Direction,
  { data, count, progress }: { data: string; count: number; progress: (note: string) => void },
) {
  const inputs = await readInputs({ data, language: direction.src, count })
  const page = await openBrowser()
  const trials: Trial[] = []
  try {
    await page.goto(new URL(`?src=${direction.src}&tgt=${direction.tgt}`, api.url).href)
    await page.locator('#start:enabled').waitFor()
    for (let index = 0; index < count; index++) {
      const trial = await measure(page, inputs[index % inputs.length] ?? inputs[0])
      trials.push(trial)
      progress(`${trial.name} ${Math.round(trial.firstSoundMs ?? NaN)} ms`)
    }
  } finally {
    await page.context().browser()?.close()
  }
  return {
    direction: `${direction.src}-${direction.tgt}`,
    trials,
    noSound: trials.filter(({ firstSoundMs }) => firstSoundMs === undefined).length,
    summary: {
      'click to first frame': quantiles(trials.map(({ firstFrameMs }) => firstFrameMs)),
      'end of speech to first sound': quantiles(trials.flatMap(({ firstSoundMs }) => firstSoundMs ?? [])),
    },
  }
}

/** What the page loads until somebody has talked once, without recordings. */
async function measureSize({ api }: Setting) {
  const page = await openBrowser()
  const responses: Response[] = []
  page.on('response', (response) => responses.push(response))
  try {
    await page.goto(api.url.href)
    await page.click('#start')
    await page.locator('body[data-state=listening]').waitFor()
    await page.click('#start')
    await page.locator('body[data-state=idle]').waitFor()
    const files = [
      ...responses.filter((response) => loadedFiles.test(new URL(response.url()).pathname)),
      ...(await Promise.all(worklets.map((name) => page.request.get(new URL(name, api.url).href)))),
    ]
    const sizes = await Promise.all(
      files.map(async (response) => ({
        transferred: Number(response.headers()['content-length']),
        bytes: (await response.body()).byteLength,
      })),
    )
    return {
      requests: files.length,
      transferredBytes: sum(sizes.map(({ transferred }) => transferred)),
      bytes: sum(sizes.map(({ bytes }) => bytes)),
    }
  } finally {
    await page.context().browser()?.close()
  }
}

await runBench(
  {
    usage,
    options: {
      ...settingOptions,
      trials: { type: 'string', default: '20' },
      directions: { type: 'string', default: 'pt-en,en-pt' },
    },
  },
  async ({ trials, directions: list, ...values }, signal) => {
    const count = readCount(trials, '--trials')
    const directions = readDirections(list)
    await inSetting(values, signal, async (setting) => {
      const size = await measureSize(setting)
      let done = 0
      const display: Progress = showProgress(directions.length * count, 'utterances')
      const results: Awaited<ReturnType<typeof measureDirection>>[] = []
      try {
        for (const direction of directions) {
          const progress = (note: string): void => display.update(++done, note)
          results.push(await measureDirection(setting, direction, { data: values.data, count, progress }))
        }
      } finally {
        display.stop()
      }
      for (const { direction, trials, noSound, summary } of results) {
        console.log(`\n${direction}: ${trials.length} utterances, ${noSound} without sound; ms`)
        console.table(summary)
      }
      const { requests, transferredBytes, bytes } = size
      console.log(`${requests} files, ${transferredBytes} bytes transferred, ${bytes} bytes unpacked`)
      return { results, size }
    })
  },
)
