import sharp from 'sharp'
import t, { type Test } from 'tap'
import { drawBars } from './bar-chart.ts'
import { drawLatency } from './latency-chart.ts'
import { drawLoad } from './load-chart.ts'
import { renderPng } from './png.ts'
import { renderSpectrogram } from './spectrogram.ts'
import { chartWidth } from './theme.ts'
import { drawUtterance } from './utterance-chart.ts'

const footer = 'a machine'
const sampleRate = 16000

async function isDrawn(t: Test, svg: string, ...texts: readonly string[]): Promise<void> {
  t.notMatch(svg, /NaN|undefined|Infinity/)
  for (const text of texts) t.ok(svg.includes(text), text)
  const { width, height } = await sharp(await renderPng(svg)).metadata()
  t.equal(width, 2 * chartWidth)
  t.ok(height > 400)
}

function tone(hz: number, seconds: number) {
  const pcm = Int16Array.from(
    { length: seconds * sampleRate },
    (_, index) => 10_000 * Math.sin((2 * Math.PI * hz * index) / sampleRate),
  )
  return { pcm, sampleRate }
}

t.test('latency, also where nothing was measured of a direction', async (t) => {
  const svg = drawLatency({
    rows: [
      { name: 'Portuguese to English', valuesMs: [300, 320, 1000], partsMs: { detector: -5, endpoint: 260 } },
      { name: 'English to Portuguese', valuesMs: [], partsMs: { asr: NaN } },
    ],
    footer,
  })
  await isDrawn(t, svg, 'Portuguese to English, 3 utterances', 'P50 320 ms', '>260<', footer)
})

t.test('load, also where nobody was answered', async (t) => {
  const point = { channels: 1, p50Ms: 300, p95Ms: 350, serverCores: 0.25, refused: 0 }
  const points = [point, { ...point, channels: 2, p50Ms: NaN, p95Ms: NaN, refused: 1 }]
  await isDrawn(t, drawLoad({ points, cores: 2, subtitle: 'x', footer }), '>350<', '0.25', '1 refused')
})

t.test('bars with and without whiskers; names are text, not markup', async (t) => {
  const bars = [
    { name: 'a <b> & "c"', value: 12.34, spread: 1, color: '#000' },
    { name: 'd', value: 5, color: '#000' },
  ]
  const svg = drawBars({ title: 'Errors', subtitle: 'x', footer, unit: '%', groups: [{ name: 'g', bars }] })
  await isDrawn(t, svg, 'a &lt;b&gt; &amp; &quot;c&quot;', '12.3 % ± 1.0', '5.0 %')
})

t.test('an utterance and its translation', async (t) => {
  const said = { name: 'said', text: 'long '.repeat(40), recording: tone(500, 1), startMs: 0 }
  const spoken = { name: 'spoken', text: 'short', recording: tone(900, 0.5), startMs: 1200 }
  await isDrawn(t, await drawUtterance({ spoken: [said, spoken], subtitle: 'x', footer }), 'said', '…')
})

t.test('a spectrogram is brightest where the tone is, and dark above half the rate', async (t) => {
  const size = { widthPixels: 10, heightPixels: 100, highestHz: 10_000 }
  const image = sharp(await renderSpectrogram(tone(2050, 0.5), size))
  const { data, info } = await image.greyscale().raw().toBuffer({ resolveWithObject: true })
  t.match(info, { width: 10, height: 100 })
  const rows = Array.from({ length: 100 }, (_, row) => data[row * 10 + 5] ?? 0)
  t.equal(rows.indexOf(Math.max(...rows)), 79, 'the row of 2000 to 2100 Hz, from the top')
  t.same(rows.slice(0, 20), Array(20).fill(rows[0]), 'nothing above 8000 Hz')
})
