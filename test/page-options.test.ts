/** The page in a real browser: its options for microphones, its notices, and what is rare. The engines are small ones. */
import type { Page } from 'playwright-core'
import t from 'tap'
import { readConfig } from '../src/config.ts'
import type { Synthesizer } from '../src/stages/speak/synthesizer.ts'
import { finished, noBrowser, openPage, readLines, timeoutMs, until } from './browser.ts'
import { startTestServer, synthesizer } from './voice-server.ts'

t.setTimeout(5 * timeoutMs)

/** Keeps what the page opens: its connection, its microphones, and how many frames it sent with and without sound. */
const watch = `
  window.sent = { loud: 0, silent: 0 }
  window.microphones = []
  window.WebSocket = class extends WebSocket {
    constructor(url) {
      super(url)
      window.socket = this
    }
    get bufferedAmount() {
      return window.unsentBytes ?? super.bufferedAmount
    }
    send(data) {
      if (typeof data !== 'string') sent[new Int16Array(data).some((sample) => sample !== 0) ? 'loud' : 'silent']++
      super.send(data)
    }
  }
  window.receive = (message) => socket.onmessage({ data: JSON.stringify(message) })
  const open = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices)
  if (open) navigator.mediaDevices.getUserMedia = async (constraints) => {
    await window.allowed
    const stream = await open(constraints)
    microphones.push({ track: stream.getTracks()[0], constraints: constraints.audio })
    return stream
  }
`
const live = "microphones.filter(({ track }) => track.readyState === 'live').length"
const level = 'Number(getComputedStyle(document.getElementById("level")).getPropertyValue("--level"))'

async function openWatched(...args: Parameters<typeof openPage>) {
  const opened = await openPage(...args)
  await opened.page.evaluate(watch)
  return opened
}

async function setOption(page: Page, id: string, checked: boolean): Promise<void> {
  await page.click('#open-options')
  await page.setChecked(`#${id}`, checked)
  await page.keyboard.press('Escape')
}

async function talk(page: Page): Promise<void> {
  await page.click('#start')
  await page.locator('body[data-state=listening]').waitFor()
}

t.test('options and notices', { skip: noBrowser }, async (t) => {
  const server = await startTestServer()
  t.teardown(() => server.close())

  t.test('the microphone is muted while the voice speaks', async (t) => {
    const longVoice: Synthesizer = {
      info: synthesizer.info,
      async *synthesize() {
        yield { samples: new Float32Array(24000).fill(0.25) }
      },
    }
    const slow = await startTestServer({ engines: { synthesizers: [longVoice] } })
    t.teardown(() => slow.close())
    const { page, problems } = await openWatched(t, slow.url, { repeat: true })
    await setOption(page, 'half-duplex', true)
    await talk(page)
    await page.locator('#state', { hasText: /muted|behind/ }).waitFor()
    const before = await page.evaluate<{ loud: number; silent: number }>('({ ...sent })')
    await page.waitForTimeout(1000)
    t.equal(await page.evaluate('sent.loud'), before.loud, 'nothing that was said is sent')
    t.ok((await page.evaluate<number>('sent.silent')) > before.silent + 20, 'but silence in its place')
    t.equal(await page.evaluate(level), 0, 'and the meter shows it')
    await setOption(page, 'half-duplex', false)
    await until(page, `sent.loud > ${before.loud} && ${level} > 0.2`)
    t.same(problems, [])
  })

  t.test('it listens once the microphone is open', async (t) => {
    const { page, problems } = await openWatched(t, server.url)
    await page.evaluate('void (window.allowed = new Promise((resolve) => (window.allow = resolve)))')
    await page.click('#start')
    await page.locator('#models:not(:empty)').waitFor({ state: 'attached' })
    t.equal(
      await page.getAttribute('body', 'data-state'),
      'starting',
      'the server is ready, the microphone is not',
    )
    await page.evaluate('allow()')
    await page.locator('body[data-state=listening]').waitFor()
    t.equal(await page.evaluate('microphones.length'), 1)
    t.same(problems, [])
  })

  t.test('another microphone while talking', async (t) => {
    const { page, problems } = await openWatched(t, server.url, { repeat: true })
    await talk(page)
    t.match(await page.evaluate('microphones[0].constraints'), { echoCancellation: true, channelCount: 1 })
    await page.click('#open-options')
    const [, first = '', second = ''] = await page.evaluate<string[]>(
      "[...document.querySelectorAll('#microphone option')].map(({ value }) => value)",
    )
    t.ok(first && second && first !== second)
    await page.selectOption('#microphone', first)
    await page.selectOption('#microphone', second)
    await until(page, `microphones.length === 3 && ${live} === 1`)
    t.equal(await page.evaluate('microphones.at(-1).constraints.deviceId'), second)
    t.equal(await page.evaluate('microphones.at(-1).track.readyState'), 'live', 'the last choice is heard')
    const lines = (await readLines(page)).length
    await page.locator(`#lines li:nth-child(${lines + 3}) .target:not(:empty)`).waitFor({ state: 'attached' })
    await page.keyboard.press('Escape')
    await page.click('#start')
    await finished(page)
    t.equal(await page.evaluate(live), 0, 'none is left open')
    t.same(problems, [])
  })

  t.test('a microphone that is unplugged', async (t) => {
    const { page, problems } = await openWatched(t, server.url)
    await talk(page)
    await page.evaluate("microphones[0].track.dispatchEvent(new Event('ended'))")
    await page.locator('#problem', { hasText: 'microphone is gone' }).waitFor()
    await finished(page)
    t.ok(await page.isVisible('#problem'), 'it is told until it is dismissed')
    await page.click('#dismiss')
    t.equal(await page.evaluate('document.activeElement.id'), 'start')
    t.same(problems, [])
  })

  t.test('the space bar is released somewhere else', async (t) => {
    const { page } = await openWatched(t, server.url, { repeat: true })
    await setOption(page, 'push-to-talk', true)
    await talk(page)
    await page.keyboard.down(' ')
    await until(page, `${level} > 0.2`)
    await page.focus('#text')
    await page.keyboard.up(' ')
    await until(page, `${level} === 0`)
    t.equal(await page.inputValue('#text'), '')
  })

  t.test('what the server tells of its load and its losses', async (t) => {
    const { page } = await openWatched(t, server.url)
    await talk(page)
    const notice = page.locator('#notice')
    await page.evaluate("receive({ type: 'load', level: 'partials-off' })")
    t.match(await notice.textContent(), /very busy/)
    await page.evaluate("receive({ type: 'load', level: 'normal' })")
    t.ok(await notice.isHidden())
    await page.evaluate("receive({ type: 'overrun', droppedMs: 1540, reason: 'the recognizer is behind' })")
    t.equal(await page.textContent('#problem-words'), '1.5 s of audio were lost: the recognizer is behind.')
  })

  t.test('a slow line is told, and a dead one is given up', async (t) => {
    const { page, problems } = await openWatched(t, server.url, { repeat: true })
    await talk(page)
    await setOption(page, 'half-duplex', false)
    await page.evaluate('window.unsentBytes = 40_000')
    await page.locator('#state', { hasText: 'connection is slow' }).waitFor()
    await page.evaluate('window.unsentBytes = 0')
    await page.locator('#state', { hasText: /Listening|Speaking/ }).waitFor()
    const lines = (await readLines(page)).length
    await page.evaluate('window.unsentBytes = 400_000')
    await page.locator('#notice', { hasText: 'too slow' }).waitFor()
    await page.evaluate('window.unsentBytes = undefined')
    await page.locator('body[data-state=listening]').waitFor()
    await page.locator(`#lines li:nth-child(${lines + 2}) .target:not(:empty)`).waitFor()
    t.same(problems, [])
  })

  t.test('texts that are typed one behind the other are all spoken', async (t) => {
    const { page, problems } = await openWatched(t, server.url, { allow: false })
    // A busy server may refuse the second text while it speaks the first.
    await page.route('**/translate', async (route) => {
      const { text, tgt } = route.request().postDataJSON() as { text: string; tgt: string }
      await route.fulfill({ json: { text: `[${tgt}] ${text}` } })
    })
    for (const text of ['One.', 'Two.', 'Three.']) {
      await page.fill('#text', text)
      await page.keyboard.press('Enter')
    }
    await page.locator('#lines .replay:enabled').nth(2).waitFor()
    await finished(page)
    t.same(
      (await readLines(page)).map(({ target }) => target),
      ['[pt] One.', '[pt] Two.', '[pt] Three.'],
    )
    await page.fill('#source', 'detect')
    await page.keyboard.press('Enter')
    await page.fill('#text', 'Four.')
    await page.keyboard.press('Enter')
    t.match(await page.textContent('#problem-words'), /language that you type/)
    t.equal(await page.inputValue('#text'), 'Four.', 'nothing that was typed is lost')
    t.same(problems, [])
  })

  t.test('a sample that is not there', async (t) => {
    const { page } = await openWatched(t, server.url)
    await page.click('#sample')
    await page.locator('#problem', { hasText: 'no sample' }).waitFor()
    await page.locator('body[data-state=idle]').waitFor()
    t.equal(await page.evaluate('document.activeElement.id'), 'start')
  })

  t.test('without a secure context texts are translated, and nothing fails', async (t) => {
    // A server for this machine alone would take the name for a trick.
    const { doors } = readConfig({ HOST: '0.0.0.0', AUTH: 'false' })
    const open = await startTestServer({ config: { doors } })
    t.teardown(() => open.close())
    const args = ['--host-resolver-rules=MAP voxbridge.test 127.0.0.1']
    const { page, problems } = await openWatched(t, `http://voxbridge.test:${open.port}/`, { args })
    t.match(await page.textContent('#problem-words'), /localhost or over HTTPS/)
    t.ok(await page.isDisabled('#sample'))
    t.equal(await page.inputValue('#voice'), 'off')
    await page.fill('#text', 'Good morning.')
    await page.keyboard.press('Enter')
    await page.locator('#lines .target', { hasText: '[pt] Good morning.' }).waitFor()
    await page.click('#lines .copy')
    t.match(await page.textContent('#problem-words'), /could not be copied/)
    t.same(
      problems.filter((problem) => !problem.includes('Cross-Origin-Opener-Policy')),
      [],
    )
  })

  t.test('captions in any script, thousands of them', async (t) => {
    const { page } = await openWatched(t, server.url)
    await setOption(page, 'push-to-talk', true)
    await talk(page)
    await page.evaluate(`
      window.caption = (segment, text, language) => {
        const times = { startMs: segment * 1000, endMs: segment * 1000 + 900 }
        receive({ type: 'transcript', segment, text, language, stable: 0, final: false, ...times })
        receive({ type: 'translation', segment, clause: 0, text, language })
      }
      for (let segment = 1000; segment < 4000; segment++) caption(segment, 'A line of ordinary length.', 'en')
      caption(5000, 'صباح الخير', 'ar')
    `)
    const arabic = await page.evaluate<Record<string, unknown>>(`(() => {
      const place = document.querySelector('#lines .source[lang=ar]')
      const { top, bottom } = place.getBoundingClientRect()
      const view = document.getElementById('conversation').getBoundingClientRect()
      return { direction: getComputedStyle(place).direction, seen: top > view.top && bottom <= view.bottom }
    })()`)
    t.same(arabic, { direction: 'rtl', seen: true })
    const ms = await page.evaluate<number>(`
      const startedAt = performance.now()
      for (let words = 0; words < 50; words++) {
        caption(5001, 'and then '.repeat(words), 'en')
        document.body.offsetHeight
      }
      (performance.now() - startedAt) / 50
    `)
    t.comment(`${ms.toFixed(1)} ms for a caption`)
    t.ok(ms < 50, 'a caption is shown at once')
  })
})

t.test('the player', { skip: noBrowser }, async (t) => {
  const server = await startTestServer()
  t.teardown(() => server.close())
  const { page } = await openPage(t, server.url)
  await page.click('h1')
  await page.evaluate(`
    (async () => {
      window.largestBytes = 0
      window.AudioWorkletNode = class extends AudioWorkletNode {
        constructor(...options) {
          super(...options)
          this.port.addEventListener('message', ({ data }) => (window.underruns = data.underruns))
          const post = this.port.postMessage.bind(this.port)
          this.port.postMessage = (message, transfer) => {
            largestBytes = Math.max(largestBytes, message.pcm?.byteLength ?? 0)
            post(message, transfer)
          }
        }
      }
      const { Player } = await import('/player.js')
      window.player = new Player({ onClause() {}, onChange() {} })
      await player.open(24000)
    })()
  `)

  t.test('a clause longer than the worklet is given at once ends as one that is complete', async (t) => {
    await page.evaluate('player.play(new ArrayBuffer(6 * 48000), {}), player.endClause()')
    await until(page, 'player.queuedSeconds === 0')
    t.equal(await page.evaluate('largestBytes'), 48000, 'the ring buffer has room for each piece')
    t.equal(await page.evaluate('underruns'), 0)
    t.equal(await page.evaluate('player.audible'), true, 'the room echoes it for a while')
    await until(page, '!player.audible')
  })

  t.test('what waits while it is paused is bounded', async (t) => {
    await page.evaluate('player.paused = true')
    await page.evaluate(
      'for (let minute = 0; minute < 7; minute++) player.play(new ArrayBuffer(60 * 48000), {})',
    )
    const seconds = await page.evaluate<number>('player.queuedSeconds')
    t.ok(seconds > 290 && seconds < 310, `${seconds} s`)
    await page.evaluate('player.paused = false, player.clear()')
    await until(page, 'player.queuedSeconds === 0')
  })
})
