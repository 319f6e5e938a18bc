/** The page in a real browser, when something is wrong. */
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import t from 'tap'
import { StreamClient } from '../src/cli/stream-client.ts'
import { readConfig } from '../src/config.ts'
import { heard, noBrowser, openPage, readLines, timeoutMs, until } from './browser.ts'
import { startServer } from './server.ts'
import { startTestServer } from './voice-server.ts'

t.setTimeout(5 * timeoutMs)

/** A number that the server can have again after a restart: the kernel gives none back soon that it chose itself. */
async function freePort(): Promise<string> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return String(port)
}

t.test('what is wrong is told in words', { skip: noBrowser }, async (t) => {
  const PORT = await freePort()
  const first = await startServer(t, { PORT, MAX_CHANNELS: '1' })
  const { url } = first

  t.test('a refused microphone', async (t) => {
    const { page, problems } = await openPage(t, url, { allow: false })
    await page.click('#start')
    await page.locator('#problem', { hasText: 'microphone was refused' }).waitFor()
    t.equal(await page.textContent('#start'), 'Start Recording')
    t.equal(await page.textContent('#connection'), 'Ready')
    await page.click('#dismiss')
    t.ok(await page.isHidden('#problem'))
    t.same(problems, [])
  })

  t.test('a page without a secure context', async (t) => {
    const { doors } = readConfig({ HOST: '0.0.0.0', AUTH: 'false' })
    const named = await startTestServer({ config: { doors } })
    t.teardown(() => named.close())
    const args = ['--host-resolver-rules=MAP voxbridge.test 127.0.0.1']
    const { page } = await openPage(t, `http://voxbridge.test:${named.port}/`, { args })
    await page.click('#start')
    await page.locator('#problem', { hasText: 'localhost or over HTTPS' }).waitFor()
  })

  t.test('a pair that the server does not have', async (t) => {
    const { page } = await openPage(t, new URL('?src=en&tgt=fr', url))
    await page.locator('#problem', { hasText: 'does not translate English to French' }).waitFor()
    t.equal(await page.inputValue('#target'), 'Português', 'another one is offered')
  })

  t.test('a pair that the server has no longer', async (t) => {
    const { page } = await openPage(t, url)
    // The page knows of both directions; the server that it meets again has Spanish in place of Portuguese.
    await page.route('**/languages', async (route) => {
      const answer = await (await route.fetch()).text()
      await route.fulfill({ contentType: 'application/json', body: answer.replaceAll('"pt"', '"es"') })
    })
    await page.evaluate(`
      window.WebSocket = class extends WebSocket {
        constructor(url) { super(String(url).replace('tgt=pt', 'tgt=es')) }
      }
    `)
    await page.click('#start')
    await page.locator('#problem', { hasText: 'does not translate English to Portuguese' }).waitFor()
  })

  t.test('a server that is full', async (t) => {
    const { signal } = new AbortController()
    const other = await StreamClient.connect(url, { channelId: 'other', src: 'pt', tgt: 'en' }, { signal })
    t.teardown(() => other.terminate())
    const { page } = await openPage(t, url)
    await page.click('#start')
    await page.locator('#problem', { hasText: 'no room for another conversation' }).waitFor()
    t.equal(await page.textContent('#start'), 'Start Recording')
  })

  t.test('a server that goes away and comes back', async (t) => {
    const { page } = await openPage(t, url, { repeat: true })
    await page.click('#start')
    await page.locator('#lines li:nth-child(1) .target:not(:empty)').waitFor()
    await first.stop()
    await page.locator('#connection', { hasText: 'Reconnecting' }).waitFor()
    t.ok(await page.isVisible('#notice'))
    const before = (await readLines(page)).filter(({ target }) => target !== '')
    const { soundMs } = await heard(page)
    await startServer(t, { PORT })
    await page.locator('#connection', { hasText: 'Connected' }).waitFor()
    t.ok(await page.isHidden('#notice'))
    await page.locator(`#lines li:nth-child(${before.length + 2}) .target:not(:empty)`).waitFor()
    const after = await readLines(page)
    t.same(after.slice(0, before.length), before, 'what was said before is still there')
    await until(page, `heard.soundMs > ${soundMs + 500}`)
    await page.click('#start')
    await page.locator('body[data-state=idle]').waitFor()
    t.ok(await page.isHidden('#problem'))
  })
})
