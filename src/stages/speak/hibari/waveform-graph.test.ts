import { readFile } from 'node:fs/promises'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import t from 'tap'
import { bins, buildWaveformGraph } from './waveform-graph.ts'

interface Fixture {
  readonly frames: number
  readonly audioFloat32: string
}

const fixture = JSON.parse(
  await readFile(new URL('./waveform-graph.fixture.json', import.meta.url), 'utf8'),
) as Fixture
const { frames } = fixture
const expected = new Float32Array(Uint8Array.from(Buffer.from(fixture.audioFloat32, 'base64')).buffer)

/** The formulas with which the fixture was made. */
function spectrum(value: (bin: number, frame: number) => number): Tensor {
  const data = Float32Array.from({ length: bins * frames }, (_, index) =>
    value(Math.floor(index / frames), index % frames),
  )
  return new Tensor('float32', data, [1, bins, frames])
}

const network = {
  lh: spectrum((bin, frame) => 1 - bin / 150 + Math.sin(0.3 * bin + frame)),
  theta: spectrum((bin, frame) => Math.sin(0.05 * bin * (frame + 1))),
  ln: spectrum((bin, frame) => -2 + Math.cos(0.2 * bin - frame)),
  lr: spectrum((bin, frame) => -2 + Math.sin(0.11 * bin + 2 * frame)),
  phi: spectrum((bin, frame) => 0.07 * bin * (frame + 1)),
  f0: new Tensor('float32', Float32Array.of(0, 110, 120.5, 131, 0, 217), [1, frames]),
}

function noise(rows: number): Tensor {
  const data = Float32Array.from({ length: rows * 2 * bins }, (_, index) => {
    const frame = Math.floor(index / (2 * bins))
    const bin = index % bins
    return index % (2 * bins) < bins
      ? Math.sin(12.9898 * (bin + 1) * (frame + 1))
      : Math.cos(78.233 * (bin + 1) + frame)
  })
  return new Tensor('float32', data, [rows, 2 * bins])
}

async function synthesize(noiseRows: number): Promise<Float32Array> {
  const session = await InferenceSession.create(buildWaveformGraph({ irVersion: 8, opset: 17 }))
  const { audio } = await session.run({ ...network, noise: noise(noiseRows) })
  await session.release()
  return audio?.data as Float32Array
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((largest, value, index) => Math.max(largest, Math.abs(value - (b[index] ?? NaN))), 0)
}

t.test('the samples are those of the Python program', async (t) => {
  const audio = await synthesize(frames)
  t.equal(audio.length, expected.length)
  const peak = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)
  t.ok(peak > 0.1, 'the fixture is no silence')
  const difference = largestDifference(audio, expected)
  t.ok(difference < peak * 1e-4, `largest difference ${difference} at a peak of ${peak}`)
})

t.test('noise is used again from its start', async (t) => {
  const enough = await synthesize(frames)
  t.equal(largestDifference(await synthesize(frames + 5), enough), 0)
  const short = await synthesize(2)
  t.equal(short.length, enough.length)
  t.ok(largestDifference(short, enough) > 0)
  t.ok(short.every((sample) => Number.isFinite(sample)))
})

t.test('building is deterministic', (t) => {
  const build = (): Uint8Array => buildWaveformGraph({ irVersion: 8, opset: 17 })
  t.equal(Buffer.compare(build(), build()), 0)
  t.end()
})
