import t from 'tap'
import { trimSilence, trimSilenceOfPieces } from './trim-silence.ts'

const sampleRate = 24_000
const perMs = sampleRate / 1000

/** A tone of `toneMs` with silence around it. */
function clip(leadMs: number, toneMs: number, tailMs: number, level: number): Float32Array {
  const samples = new Float32Array((leadMs + toneMs + tailMs) * perMs)
  for (let index = 0; index < toneMs * perMs; index++) {
    samples[leadMs * perMs + index] = level * Math.cos(index * 0.2)
  }
  return samples
}

t.test('silence is cut at both ends', (t) => {
  const trimmed = trimSilence(clip(240, 500, 300, 0.5), sampleRate, 100)
  const lead = trimmed.findIndex((sample) => Math.abs(sample) > 0.005)
  t.equal(lead, 15 * perMs)
  t.ok(Math.abs(trimmed.length - 615 * perMs) < perMs)
  t.end()
})

t.test('what begins at once is faded in and out', (t) => {
  const trimmed = trimSilence(clip(0, 100, 0, 0.5), sampleRate, 100)
  t.equal(trimmed.length, 100 * perMs)
  t.equal(trimmed[0], 0)
  t.ok(Math.abs(trimmed[trimmed.length - 1] ?? 1) < 0.005)
  t.ok(Math.abs(trimmed[60] ?? 0) < 0.26, 'half way through the fade')
  t.equal(trimmed[300], clip(0, 100, 0, 0.5)[300], 'the middle is untouched')
  t.end()
})

t.test('a clip that is too loud is turned down', (t) => {
  const peak = trimSilence(clip(10, 50, 10, 1.7), sampleRate, 100).reduce(
    (a, b) => Math.max(a, Math.abs(b)),
    0,
  )
  t.ok(peak > 0.9 && peak < 0.981, String(peak))
  t.end()
})

t.test('silence and broken samples give nothing', (t) => {
  t.equal(trimSilence(new Float32Array(0), sampleRate, 100).length, 0)
  t.equal(trimSilence(clip(100, 100, 100, 0.001), sampleRate, 100).length, 0)
  t.equal(trimSilence(Float32Array.of(0.5, NaN, 0.5), sampleRate, 100).length, 0)
  t.end()
})

async function* cut(samples: Float32Array, pieceMs: number): AsyncGenerator<Float32Array> {
  for (let start = 0; start < samples.length; start += pieceMs * perMs) {
    yield samples.slice(start, start + pieceMs * perMs)
  }
}

async function trimPieces(samples: Float32Array, pieceMs: number, tailMs = 100): Promise<Float32Array[]> {
  const trimmed = []
  for await (const piece of trimSilenceOfPieces(cut(samples, pieceMs), sampleRate, tailMs))
    trimmed.push(piece)
  return trimmed
}

t.test('pieces of a clip are trimmed as the whole', async (t) => {
  for (const [leadMs, toneMs, tailMs] of [
    [240, 500, 300],
    [0, 500, 0],
    [3, 200, 50],
    [100, 12, 100],
  ] as const) {
    const samples = clip(leadMs, toneMs, tailMs, 0.5)
    for (const pieceMs of [2, 7, 200, 2000]) {
      const pieces = await trimPieces(samples, pieceMs)
      const trimmed = Float32Array.from(pieces.flatMap((piece) => [...piece]))
      t.same(
        trimmed,
        trimSilence(samples, sampleRate, 100),
        `${leadMs}, ${toneMs}, ${tailMs} ms in ${pieceMs} ms`,
      )
    }
  }
})

t.test('pieces go out as soon as something is heard, a pause inside as soon as it is over', async (t) => {
  const samples = new Float32Array(1200 * perMs)
  samples.set(clip(100, 300, 200, 0.5))
  samples.set(clip(0, 300, 300, 0.5), 600 * perMs)
  const pieces = await trimPieces(samples, 200)
  t.same(
    pieces.map(({ length }) => Math.round(length / perMs)),
    [110, 200, 400, 100, 105],
  )
})

t.test('pieces of silence give nothing', async (t) => {
  t.same(await trimPieces(new Float32Array(1000), 7), [])
})
