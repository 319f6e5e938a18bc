/** The page in a real browser, with a recording for a microphone, against the real server: what is said and heard. */
import t from 'tap'
import { openWav } from '../src/transport/wav.ts'
import { download, finished, heard, noBrowser, openPage, readLines, timeoutMs } from './browser.ts'
import { startServer } from './server.ts'

t.setTimeout(10 * timeoutMs)

t.test('the page', { skip: noBrowser }, async (t) => {
  const { url } = await startServer(t)

  t.test('speech becomes captions, a translation, and sound', async (t) => {
    const { page, problems } = await openPage(t, url)
    t.equal(await page.inputValue('#source'), 'English')
    t.equal(await page.inputValue('#target'), 'Português')
    await page.click('#start')
    t.equal(await page.textContent('#start'), 'Stop')
    await page.locator('.unsure:not(:empty)').first().waitFor()
    await page.locator('#lines li:nth-child(2) mark').waitFor()
    await page.click('#start')
    await finished(page)
    const [first, second] = await readLines(page)
    t.match(first?.source, /thank you/i)
    t.match(first?.target, /obrigad/i)
    t.match(second?.source, /please hold/i)
    t.equal(await page.locator('.unsure:not(:empty)').count(), 0, 'what is final is black')
    t.equal(await page.locator('mark').count(), 0, 'nothing is spoken any more')
    const { loudest, soundMs } = await heard(page)
    t.ok(soundMs > 3000, `${Math.round(soundMs)} ms of sound`)
    t.ok(loudest > 0.05, 'aloud')
    t.match(await page.textContent('#latency'), /Heard \d\.\d\d s after you stopped\s+pause \d+ ms/)
    t.match(await page.textContent('#models'), /^whisper-\S+ · \S*en-pt\S* · \S+$/)
    t.ok(await page.isHidden('#problem'))

    t.test('a line is played again', async (t) => {
      const before = (await heard(page)).soundMs
      await page.locator('#lines li:nth-child(1) .replay').click()
      await page.locator('#lines li:nth-child(1) mark').waitFor()
      await finished(page)
      t.ok((await heard(page)).soundMs - before > 700)
    })

    t.test('the voice can be paused', async (t) => {
      await page.locator('#lines li:nth-child(2) .replay').click()
      await page.locator('#lines li:nth-child(2) mark').waitFor()
      await page.click('#pause')
      await page.locator('#state', { hasText: 'paused' }).waitFor()
      const before = (await heard(page)).soundMs
      await page.waitForTimeout(600)
      t.ok((await heard(page)).soundMs - before < 200, 'silent')
      await page.click('#pause')
      await finished(page)
      t.ok((await heard(page)).soundMs - before > 500, 'goes on')
    })

    t.test('files of it', async (t) => {
      await page.click('#open-files')
      const text = await download(page, 'TXT, both languages')
      t.match(text.name, /^voxbridge-[\dT-]+\.txt$/)
      t.equal(
        text.bytes.toString(),
        `${first?.source}\n${first?.target}\n\n${second?.source}\n${second?.target}\n`,
      )
      const original = await download(page, 'SRT, original')
      t.match(original.name, /\.en\.srt$/)
      const time = String.raw`\d\d:\d\d:\d\d,\d{3}`
      const cue = new RegExp(String.raw`^1\n${time} --> ${time}\n(.*)\n\n2\n${time} --> ${time}\n(.*)\n$`)
      const [, ...texts] = cue.exec(original.bytes.toString()) ?? []
      t.same(texts, [first?.source, second?.source])
      const translation = await download(page, 'VTT, translation')
      t.match(translation.name, /\.pt\.vtt$/)
      t.match(translation.bytes.toString(), /^WEBVTT\n\n00:00:\d\d\.\d{3} --> 00:00:\d\d\.\d{3}\n/)
      const speech = await download(page, 'Translated speech (WAV)')
      const { rateHz, length } = openWav(speech.bytes)
      t.equal(rateHz, 24000)
      t.ok(length > 3 * rateHz)
    })
    t.same(problems, [], 'nothing in the console')
  })

  t.test('the other way round, by the sample', async (t) => {
    const { page, problems } = await openPage(t, url, { allow: false })
    await page.click('#swap')
    t.equal(await page.inputValue('#source'), 'Português')
    await page.click('#sample')
    await page.locator('#lines .target', { hasText: /station/i }).waitFor()
    await finished(page)
    t.ok((await heard(page)).soundMs > 1000)
    t.same(problems, [])
  })

  t.test('a microphone that hears Portuguese, its language detected', async (t) => {
    const { page } = await openPage(t, url, { microphone: 'samples/hello-pt.wav' })
    await page.fill('#source', 'detect')
    await page.keyboard.press('Enter')
    await page.fill('#target', 'ingl')
    await page.fill('#target', 'engl')
    await page.keyboard.press('Enter')
    t.equal(await page.inputValue('#target'), 'English')
    await page.click('#start')
    await page.locator('#lines .target', { hasText: /station/i }).waitFor()
    t.equal(await page.getAttribute('#lines .source', 'lang'), 'pt')
    await page.click('#start')
    await finished(page)
  })

  t.test('a typed text is translated and spoken', async (t) => {
    const { page, problems } = await openPage(t, url, { allow: false })
    await page.fill('#text', 'The train leaves in ten minutes.')
    await page.keyboard.press('Enter')
    await page.locator('#lines .target', { hasText: /trem/i }).waitFor()
    await page.locator('#lines mark').waitFor()
    await finished(page)
    t.ok((await heard(page)).soundMs > 700)
    t.ok(await page.isEnabled('#lines .replay'))
    t.same(problems, [])
  })

  t.test('languages and voice can change while talking', async (t) => {
    const { page } = await openPage(t, url, { repeat: true })
    await page.click('#start')
    await page.locator('#lines .target:not(:empty)').first().waitFor()
    await page.selectOption('#voice', 'off')
    await page.locator('#state', { hasText: 'Listening' }).waitFor()
    const { soundMs } = await heard(page)
    const lines = (await readLines(page)).length
    await page.locator(`#lines li:nth-child(${lines + 2}) .target:not(:empty)`).waitFor()
    t.ok((await heard(page)).soundMs - soundMs < 1000, 'captions alone')
    await page.click('#start')
    await finished(page)
  })
})
