/** The page of a server that lets in whoever has a token. */
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import t from 'tap'
import { chromiumPath } from '../bench/chromium.ts'
import { readConfig } from '../src/config.ts'
import { changeTokens, createToken, hashToken } from '../src/transport/auth/token-file.ts'
import { noBrowser, timeoutMs } from './browser.ts'
import { startTestServer } from './voice-server.ts'

t.setTimeout(timeoutMs)
const { signal } = new AbortController()

t.test('it asks once and remembers while the tab is open', { skip: noBrowser }, async (t) => {
  const tokensFile = join(t.testdir({}), 'tokens.json')
  const token = createToken()
  const sha256 = hashToken(token).toString('hex')
  const stored = { name: 'me', sha256, may: ['talk', 'request'] as const, createdAt: '2026-01-01T00:00:00Z' }
  await changeTokens(tokensFile, () => [stored], { signal })
  const { doors } = readConfig({ AUTH: 'true', TOKENS_FILE: tokensFile })
  const server = await startTestServer({ config: { doors } })
  t.teardown(() => server.close())
  const browser = await chromium.launch({
    executablePath: chromiumPath ?? '',
    args: [
      '--no-sandbox',
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-audio-capture=${fileURLToPath(new URL('../samples/hello-en.wav', import.meta.url))}`,
    ],
  })
  t.teardown(() => browser.close())
  const page = await browser.newPage()
  page.setDefaultTimeout(timeoutMs)

  await page.goto(server.url)
  await page.locator('#token[open]').waitFor()
  t.match(await page.textContent('#token-reason'), /Ask its operator/)
  await page.fill('#token-text', 'vbx_wrong')
  await page.keyboard.press('Enter')
  await page.locator('#token-reason', { hasText: 'not known' }).waitFor()
  await page.fill('#token-text', token)
  await page.keyboard.press('Enter')
  await page.locator('#start:enabled').waitFor()
  t.ok(await page.isHidden('#token'))
  t.notMatch(page.url(), token)

  await page.reload()
  await page.locator('#start:enabled').waitFor()
  await page.click('#start')
  await page.locator('#lines .target:not(:empty)').first().waitFor()
  await page.fill('#text', 'Hello')
  await page.locator('#text').press('Enter')
  await page.locator('#lines .target', { hasText: '[pt] Hello' }).waitFor()
  t.ok(await page.isHidden('#problem'))
})
