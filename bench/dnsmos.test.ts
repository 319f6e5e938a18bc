import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { GraphBuilder } from '../src/models/onnx/graph-builder.ts'
import { Dnsmos } from './dnsmos.ts'

const inputSamples = 144_160

/** A network whose three scores are the input's samples at these places. */
async function writePicker(t: Test, places: readonly [number, number, number]): Promise<string> {
  const graph = new GraphBuilder('picker')
  graph.input('input_1', 'float32', ['n', inputSamples])
  graph.node('Gather', ['input_1', graph.integers(...places)], {
    outputs: ['scores'],
    attributes: { axis: { int: 1 } },
  })
  graph.output('scores', 'float32', ['n', 3])
  const path = join(t.testdir(), 'network.onnx')
  await writeFile(path, graph.build({ irVersion: 9, opset: 20 }))
  return path
}

/** Which raw scores become these opinions: the curves rise everywhere between 0 and 1. */
function invert(opinion: number, [square, linear, constant]: readonly [number, number, number]): number {
  return (-linear + Math.sqrt(linear ** 2 - 4 * square * (constant - opinion))) / (2 * square)
}

async function pick(t: Test, pcm: Int16Array, places: readonly [number, number, number]): Promise<number[]> {
  const dnsmos = await Dnsmos.load(await writePicker(t, places))
  try {
    const { signal, background, overall } = await dnsmos.judge({ pcm, sampleRate: 16_000 })
    return [
      invert(signal, [-0.08397278, 1.22083953, 0.0052439]),
      invert(background, [-0.13166888, 1.60915514, -0.39604546]),
      invert(overall, [-0.06766283, 1.11546468, 0.04602535]),
    ].map((score) => Math.round(score * 32768))
  } finally {
    await dnsmos.close()
  }
}

const ramp = (length: number): Int16Array => Int16Array.from({ length }, (_, index) => index % 30_000)

t.test('short speech is repeated without a gap', async (t) => {
  t.same(await pick(t, ramp(1000), [0, 1000, inputSamples - 1]), [0, 0, 159])
})

t.test('of long speech the beginning counts', async (t) => {
  const last = inputSamples - 1
  t.same(await pick(t, ramp(200_000), [1, 29_999, last]), [1, 29_999, last % 30_000])
})

t.test('other rates are brought to 16 kHz first', async (t) => {
  const dnsmos = await Dnsmos.load(await writePicker(t, [3000, 4000, 5000]))
  t.teardown(() => dnsmos.close())
  const pcm = new Int16Array(24_000).fill(16_384)
  const { overall } = await dnsmos.judge({ pcm, sampleRate: 24_000 })
  t.ok(Math.abs(overall - (-0.06766283 * 0.25 + 1.11546468 * 0.5 + 0.04602535)) < 0.001)
})

t.test('a file that is no such network is refused', async (t) => {
  const path = join(t.testdir({ 'text.onnx': 'no network' }), 'text.onnx')
  await t.rejects(Dnsmos.load(path), { code: 'ERR_MODEL_FORMAT' })
  await t.rejects(Dnsmos.load(`${path}.gone`), { code: 'ERR_MODEL_MISSING' })
})
