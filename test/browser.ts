/** A real browser for the tests of the page, with a recording for a microphone. */
import { readFile } from 'node:fs/promises'
import { type Browser, chromium, type Page } from 'playwright-core'
import type { Test } from 'tap'
import { chromiumPath } from '../bench/chromium.ts'

/** For `skip`. */
export const noBrowser =
  chromiumPath === undefined && 'NO BROWSER: install Chromium (apt-get install chromium) to test the page'

/** Everything here waits for models on a machine that may be busy. */
export const timeoutMs = 120_000

/** Measures what leaves the playback worklet: its loudest sample, and for how long there was sound. */
const listenIn = `
  window.heard = { loudest: 0, soundMs: 0 }
  window.AudioWorkletNode = class extends AudioWorkletNode {
    constructor(context, name, options) {
      super(context, name, options)
      if (name !== 'playback') return
      const analyser = new AnalyserNode(context, { fftSize: 2048 })
      this.connect(analyser)
      const samples = new Float32Array(2048)
      let until = 0
      setInterval(() => {
        analyser.getFloatTimeDomainData(samples)
        const loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)
        const now = context.currentTime
        if (loudest > 0.01) heard.soundMs += Math.min(now - until, samples.length / context.sampleRate) * 1000
        heard.loudest = Math.max(heard.loudest, loudest)
        until = now
      }, 20)
    }
  }
`

export interface PageOptions {
  /** WAV file that the microphone hears, from the moment it is opened. */
  readonly microphone?: string
  /** Whether it is heard again and again. */
  readonly repeat?: boolean
  /** Whether the visitor lets the page use the microphone. */
  readonly allow?: boolean
  readonly viewport?: { readonly width: number; readonly height: number }
  /** Whether the screen is one to touch, as a phone's is. */
  readonly hasTouch?: boolean
  readonly colorScheme?: 'light' | 'dark'
  /** Further switches of Chromium. */
  readonly args?: readonly string[]
}

export interface OpenedPage {
  readonly page: Page
  /** Errors and warnings of the console, and exceptions, as they come. */
  readonly problems: readonly string[]
}

/** Opens the page and waits until the visitor can start; the browser ends with the test. */
export async function openPage(
  t: Test,
  url: URL | string,
  { microphone, repeat = false, allow = true, args = [], ...context }: PageOptions = {},
): Promise<OpenedPage> {
  const file = microphone ?? 'samples/hello-en.wav'
  const browser: Browser = await chromium.launch({
    executablePath: chromiumPath ?? '',
    args: [
      '--no-sandbox',
      '--autoplay-policy=user-gesture-required',
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-audio-capture=${process.cwd()}/${file}${repeat ? '' : '%noloop'}`,
      allow ? '--use-fake-ui-for-media-stream' : '--deny-permission-prompts',
      ...args,
    ],
  })
  t.teardown(() => browser.close())
  const page = await browser.newPage({ locale: 'en-GB', ...context })
  page.setDefaultTimeout(timeoutMs)
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(message.text())
  })
  await page.addInitScript(listenIn)
  await page.goto(String(url))
  await page.locator('#start:enabled').waitFor()
  return { page, problems }
}

/** What left the playback worklet up to now. */
export async function heard(page: Page): Promise<{ readonly loudest: number; readonly soundMs: number }> {
  return page.evaluate('heard')
}

/**
 * Waits until an expression is true in the page. Playwright's own `waitForFunction` needs what the page's policy forbids.
 * @throws Error after `timeoutMs`
 */
export async function until(page: Page, expression: string): Promise<void> {
  const giveUpAt = performance.now() + timeoutMs
  while (!(await page.evaluate(expression))) {
    if (performance.now() > giveUpAt) throw new Error(`it never came true: ${expression}`)
    await page.waitForTimeout(50)
  }
}

/** Waits until the conversation is over and its last word is spoken. */
export async function finished(page: Page): Promise<void> {
  await page.locator('body[data-state=idle]').waitFor()
  await page.locator('#state:empty').waitFor({ state: 'attached' })
}

/** Presses something that saves a file. */
export async function download(
  page: Page,
  name: string,
): Promise<{ readonly name: string; readonly bytes: Buffer }> {
  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name, exact: true }).click(),
  ])
  return { name: saved.suggestedFilename(), bytes: await readFile(await saved.path()) }
}

/** The texts of the conversation. */
export async function readLines(
  page: Page,
): Promise<readonly { readonly source: string; readonly target: string }[]> {
  return page.evaluate(`
    [...document.querySelectorAll('#lines li')].map((line) => ({
      source: line.querySelector('.source').textContent,
      target: line.querySelector('.target').textContent,
    }))
  `)
}
