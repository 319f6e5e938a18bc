/** The page in a real browser, over a line that drops. */
import t from 'tap'
import { finished, noBrowser, openPage, readLines, timeoutMs } from './browser.ts'
import { startBadLine } from './hardness/bad-line.ts'
import { startServer } from './server.ts'

t.setTimeout(5 * timeoutMs)

t.test('a line that drops in the middle of a sentence', { skip: noBrowser }, async (t) => {
  const { url } = await startServer(t, { MAX_CHANNELS: '1', RESUME_WINDOW_S: '5' })
  const line = await startBadLine({ port: Number(url.port), delayMs: 5 })
  t.teardown(() => line.close())
  const address = `http://localhost:${line.port}/`

  t.test('is replaced, and the sentence is whole', async (t) => {
    const whole = await openPage(t, url, { microphone: 'samples/hello-en.wav' })
    await whole.page.click('#start')
    await whole.page.locator('#lines li:nth-child(1) .target:not(:empty)').waitFor()
    await whole.page.click('#start')
    await finished(whole.page)

    const { page } = await openPage(t, address, { microphone: 'samples/hello-en.wav' })
    const sessions: string[] = []
    page.on('websocket', (socket) => sessions.push(socket.url()))
    await page.click('#start')
    await page.locator('#lines li:nth-child(1) .source:not(:empty)').waitFor()
    line.cut(true)
    await page.locator('#connection', { hasText: 'Reconnecting' }).waitFor()
    await page.locator('#connection', { hasText: 'Connected' }).waitFor()
    await page.locator('#lines li:nth-child(1) .target:not(:empty)').waitFor()
    await page.click('#start')
    await finished(page)
    t.match(sessions.at(-1), /sessionId=.+&lastSeq=\d+&audioSamples=\d+/)
    const [expected, found] = [await readLines(whole.page), await readLines(page)]
    t.equal(found[0]?.source, expected[0]?.source)
    t.ok(await page.isHidden('#problem'))
  })

  t.test('with a server that knows the session no more begins another one', async (t) => {
    const { page } = await openPage(t, address, { repeat: true })
    await page.click('#start')
    await page.locator('#lines li:nth-child(1) .target:not(:empty)').waitFor()
    // The server waits for five seconds; the page finds out after six.
    line.down = true
    line.cut(false)
    await page.locator('#connection', { hasText: 'Reconnecting' }).waitFor()
    await page.waitForTimeout(6000)
    line.down = false
    await page.locator('#connection', { hasText: 'Connected' }).waitFor()
    const { length } = await readLines(page)
    await page.locator(`#lines li:nth-child(${length + 1}) .target:not(:empty)`).waitFor()
    t.ok(await page.isHidden('#problem'))
  })
})
