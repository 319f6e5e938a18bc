/** The page in a real browser: its size, screens, keyboard and accessibility. The engines are small ones that answer at once. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import t from 'tap'
import { finished, noBrowser, openPage, readLines, timeoutMs, until } from './browser.ts'
import { startReverseProxy } from './reverse-proxy.ts'
import { startTestServer } from './voice-server.ts'

t.setTimeout(5 * timeoutMs)

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** @returns a line for each rule that is broken. */
async function violations(page: Page): Promise<string[]> {
  // Through the debugger, because the page's own policy lets no script in.
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(axe)
  const results = await page.evaluate<AxeResults>('axe.run()')
  return results.violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
  )
}

t.test('the form of the page', { skip: noBrowser }, async (t) => {
  const server = await startTestServer()
  t.teardown(() => server.close())

  t.test('one round of requests, and small', async (t) => {
    const { page, problems } = await openPage(t, server.url)
    const loaded = await page.evaluate<string[]>(`
      performance.getEntriesByType('resource')
        .map(({ name }) => new URL(name).pathname.slice(1))
        .filter((name) => /\\.(js|css|svg)$/.test(name))
    `)
    const html = await (await fetch(server.url)).text()
    t.ok(loaded.length > 10)
    t.same(
      loaded.filter((name) => !html.includes(`href="${name}"`)),
      [],
      'the page itself names all that it loads',
    )
    const bytes = await Promise.all(
      [
        '',
        'capture-worklet.js',
        'playback-worklet.js',
        'resampler.js',
        'manifest.webmanifest',
        ...loaded,
      ].map(async (path) =>
        Number((await fetch(new URL(path, server.url), { method: 'HEAD' })).headers.get('content-length')),
      ),
    )
    const total = bytes.reduce((sum, size) => sum + size, 0)
    t.ok(total < 60_000, `${total} bytes are transferred`)
    t.same(problems, [], 'and the content security policy lets all of it through')
  })

  t.test('below a path of a reverse proxy', async (t) => {
    const url = await startReverseProxy(t, new URL(server.url), '/voice/')
    const { page, problems } = await openPage(t, url)
    await page.click('#start')
    await page.locator('#lines .target', { hasText: '[pt] I hear' }).first().waitFor()
    await page.click('#start')
    await page.locator('body[data-state=idle]').waitFor()
    t.same(problems, [])
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    t.test(`accessible, ${colorScheme}`, async (t) => {
      const { page } = await openPage(t, new URL('?src=en&tgt=de', server.url), { colorScheme })
      t.same(await violations(page), [], 'with an error')
      await page.click('#source')
      t.same(await violations(page), [], 'with an open list')
      await page.keyboard.press('Escape')
      await page.click('#start')
      await page.locator('#lines mark').first().waitFor()
      t.same(await violations(page), [], 'with a conversation')
      await page.click('#start')
      await finished(page)
      for (const dialog of ['options', 'files']) {
        await page.click(`#open-${dialog}`)
        t.same(await violations(page), [], `with ${dialog}`)
        await page.keyboard.press('Escape')
      }
    })
  }

  t.test('on a phone', async (t) => {
    const { page } = await openPage(t, server.url, {
      viewport: { width: 360, height: 640 },
      hasTouch: true,
    })
    await page.click('#start')
    await page.locator('#lines .target:not(:empty)').nth(3).waitFor()
    const box = async (selector: string) =>
      (await page.locator(selector).first().boundingBox()) ?? { y: NaN, height: NaN }
    const bottom = async (selector: string): Promise<number> => {
      const { y, height } = await box(selector)
      return y + height
    }
    const wide = await page.evaluate<number>('document.documentElement.scrollWidth')
    t.ok(wide <= 360, 'nothing sticks out')
    t.ok(
      (await bottom('#start')) <= 640 && (await bottom('#composer')) <= 640,
      'the controls are on the screen',
    )
    t.ok((await box('#lines .target')).y >= (await bottom('#lines .source')), 'the translation stands below')
    t.same(await violations(page), [])
  })

  t.test('by the keyboard alone', async (t) => {
    const { page } = await openPage(t, server.url)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    t.equal(await page.evaluate('document.activeElement.id'), 'target')
    await page.keyboard.type('span')
    t.equal(await page.locator('#target-list [role=option]').count(), 1)
    await page.keyboard.press('Enter')
    t.equal(await page.inputValue('#target'), 'Español')
    t.equal(await page.inputValue('#voice'), 'off', 'nobody speaks it')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Escape')
    t.equal(await page.inputValue('#target'), 'Español')
  })

  t.test('push to talk by the space bar', async (t) => {
    const { page } = await openPage(t, server.url)
    await page.click('#open-options')
    await page.check('#push-to-talk')
    await page.keyboard.press('Escape')
    await page.click('#start')
    await page.locator('#state', { hasText: 'Hold the space bar' }).waitFor()
    const level = 'Number(getComputedStyle(document.getElementById("level")).getPropertyValue("--level"))'
    await page.waitForTimeout(300)
    t.equal(await page.evaluate(level), 0, 'nothing is heard')
    await page.keyboard.down(' ')
    await until(page, `${level} > 0.2`)
    await page.keyboard.up(' ')
    await until(page, `${level} === 0`)
    await page.click('#start')
    await page.locator('body[data-state=idle]').waitFor()
    t.ok((await readLines(page)).length > 0)
  })
})
