/** The page in a real browser, with a recording for a microphone, against the real server. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { StreamClient } from '../src/cli/stream-client.ts'
import { readConfig } from '../src/config.ts'
import { startServer } from './server.ts'

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
)
const { maxChannels } = readConfig()
const sample = fileURLToPath(new URL('../samples/hello-en.wav', import.meta.url))
const fakeMicrophone = [
  '--use-fake-device-for-media-stream',
  `--use-file-for-fake-audio-capture=${sample}%noloop`,
]

/** Measures what reaches the loudspeaker: the loudest sample of every context that plays. */
const listenIn = `
  window.loudest = 0
  const connect = AudioNode.prototype.connect
  AudioNode.prototype.connect = function (target, ...rest) {
    if (target instanceof AudioDestinationNode) {
      const analyser = new AnalyserNode(this.context, { fftSize: 2048 })
      const samples = new Float32Array(2048)
      connect.call(this, analyser)
      setInterval(() => {
        analyser.getFloatTimeDomainData(samples)
        for (const sample of samples) window.loudest = Math.max(window.loudest, Math.abs(sample))
      }, 20)
    }
    return connect.call(this, target, ...rest)
  }
`

async function openPage(
  t: Test,
  url: URL,
  args: readonly string[],
): Promise<{ page: Page; problems: string[] }> {
  const browser: Browser = await chromium.launch({
    executablePath: executablePath ?? '',
    args: ['--no-sandbox', '--autoplay-policy=user-gesture-required', ...args],
  })
  t.teardown(() => browser.close())
  const page = await browser.newPage({ locale: 'en-GB' })
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
  await page.addInitScript(listenIn)
  await page.goto(url.href)
  await page.locator('#start:enabled').waitFor()
  return { page, problems }
}

const playedSamples = async (page: Page): Promise<number> =>
  Number(await page.getAttribute('body', 'data-played-samples'))

const skip =
  executablePath === undefined && 'NO BROWSER: install Chromium (apt-get install chromium) to test the page'

t.test('the page', { skip }, async (t) => {
  const { url, stop } = await startServer(t)

  t.test('speech becomes captions, a translation, and sound', async (t) => {
    const { page, problems } = await openPage(t, url, ['--use-fake-ui-for-media-stream', ...fakeMicrophone])
    t.equal(await page.inputValue('#source'), 'en')
    t.equal(await page.inputValue('#target'), 'pt')
    await page.click('#start')
    const rows = page.locator('#captions li')
    await rows.nth(1).locator('.note', { hasText: 'after you stopped' }).waitFor()
    t.match(await rows.nth(0).locator('.source').textContent(), /thank you/i)
    t.match(await rows.nth(0).locator('.target').textContent(), /obrigad/i)
    t.match(await rows.nth(1).locator('.source').textContent(), /please hold/i)
    await page.click('#start')
    await page.locator('#state[data-state=idle]').waitFor()
    t.ok((await playedSamples(page)) > 3 * 24000, 'more than three seconds were played')
    t.ok((await page.evaluate<number>('window.loudest')) > 0.05, 'aloud')
    t.equal(await page.isVisible('#problem'), false)
    t.same(problems, [])
  })

  t.test('a sample can be tried without a microphone, the other way round', async (t) => {
    const { page, problems } = await openPage(t, url, [])
    await page.click('#swap')
    await page.click('#sample')
    await page.locator('#captions .target', { hasText: /station/i }).waitFor()
    await page.locator('#state[data-state=idle]').waitFor()
    t.ok((await playedSamples(page)) > 24000, 'more than a second was played')
    t.same(problems, [])
  })

  t.test('a refused microphone is told in words', async (t) => {
    const { page } = await openPage(t, url, ['--deny-permission-prompts', ...fakeMicrophone])
    await page.click('#start')
    await page.locator('#problem', { hasText: 'microphone was refused' }).waitFor()
    t.equal(await page.textContent('#start'), 'Start')
    t.ok(await page.isEnabled('#source'))
  })

  t.test('a server without room is told in words', async (t) => {
    const { page } = await openPage(t, url, ['--use-fake-ui-for-media-stream', ...fakeMicrophone])
    const { signal } = new AbortController()
    const others: StreamClient[] = []
    t.teardown(() => others.forEach((client) => client.terminate()))
    for (let index = 0; index < maxChannels; index++) {
      const parameters = { channelId: `other-${index}`, src: 'pt', tgt: 'en' }
      others.push(await StreamClient.connect(url, parameters, { signal }))
    }
    await page.click('#start')
    await page.locator('#problem', { hasText: 'no room' }).waitFor()
    t.equal(await page.textContent('#start'), 'Start')
  })

  t.test('a lost server is told in words', async (t) => {
    const { page } = await openPage(t, url, ['--use-fake-ui-for-media-stream', ...fakeMicrophone])
    await page.click('#start')
    await page.locator('#state[data-state=listening]').waitFor()
    await stop()
    await page.locator('#problem', { hasText: /server/i }).waitFor()
    t.equal(await page.textContent('#start'), 'Start')
  })
})
