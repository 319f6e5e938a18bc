/** A network of our own that hums: the voice that a package has is too large to be fetched for a test. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { GraphBuilder } from '../../../models/onnx/graph-builder.ts'
import { elementType } from '../../../models/onnx/model.ts'
import type { SynthesizeRequest } from '../synthesizer.ts'
import { writeVoiceModelDescription } from '../voice-model.ts'
import type { PiperDescription } from './description.ts'
import { engineModule } from './index.ts'

const sampleRate = 22_050
/** For each token, at the usual speed. */
const hummedSamples = 500
const lengthScale = 1.5

function hummingNetwork(): Uint8Array {
  const graph = new GraphBuilder('hum')
  graph.input('input', 'int64', [1, 'n'])
  graph.input('input_lengths', 'int64', [1])
  graph.input('scales', 'float32', [3])
  const one = graph.scalar('one', 1)
  const length = graph.node('Reshape', [
    graph.node('Slice', ['scales', graph.integers(1), graph.integers(2)]),
    graph.node('Shape', [one]),
  ])
  const tokens = graph.node('Cast', [graph.node('Size', ['input'])], {
    attributes: { to: { int: elementType.float32 } },
  })
  const samples = graph.node('Mul', [
    graph.node('Mul', [tokens, length]),
    graph.scalar('each', hummedSamples),
  ])
  const ramp = graph.node('Range', [graph.scalar('zero', 0), samples, one])
  const hum = graph.node('Sin', [graph.node('Mul', [ramp, graph.scalar('pitch', 0.05)])])
  graph.node('Reshape', [hum, graph.integers(1, 1, 1, -1)], { outputs: ['output'] })
  graph.output('output', 'float32', [1, 1, 1, 's'])
  return graph.build({ irVersion: 9, opset: 20 })
}

const description: PiperDescription = {
  engine: 'vits',
  sampleRate,
  voices: [{ id: 'hummer', language: 'en', espeakVoice: 'en-us', gender: 'male' }],
  symbolIds: { _: [0], '^': [1], $: [2], n: [3], o: [4], ʊ: [5] },
  scales: { noise: 0.667, length: lengthScale, noiseWidth: 0.8 },
}

const dir = t.testdir({})
await writeFile(join(dir, 'model.onnx'), hummingNetwork())
await writeVoiceModelDescription(dir, description)
const engine = await engineModule.load({ modelDirs: [dir], threads: 1 })
t.teardown(() => engine.close())

async function speak(request: Partial<SynthesizeRequest>): Promise<number[]> {
  const seconds: number[] = []
  const signal = { aborted: false }
  for await (const { samples } of engine.run({ text: '', language: 'en', ...request }, { signal })) {
    seconds.push(samples.length / engine.info.sampleRate)
  }
  return seconds
}

t.test('what it can do', (t) => {
  const voices = [{ id: 'hummer', language: 'en', engine: 'vits', gender: 'male' }]
  t.same(engine.info, { voices, sampleRate: 24_000 })
  t.end()
})

t.test('a text at each speed, at the rate of all voices', async (t) => {
  const tokens = '^_n_o_ʊ_$'.length
  for (const speed of [0.5, 1, 2]) {
    const [seconds = 0] = await speak({ text: 'no', speed })
    const expected = (tokens * hummedSamples * lengthScale) / speed / sampleRate
    t.ok(Math.abs(seconds - expected) < 0.07, `${seconds} s, ${expected} s expected`)
  }
})

t.test('a text longer than one run is spoken in parts', async (t) => {
  t.ok((await speak({ text: 'no '.repeat(200) })).length > 1)
  t.same(await speak({ text: '' }), [])
})

t.test('a folder without the ids of the symbols is named', async (t) => {
  const dir = t.testdir({})
  const { engine, voices } = description
  await writeVoiceModelDescription(dir, { engine, voices, sampleRate })
  const load = engineModule.load({ modelDirs: [dir], threads: 1 })
  await t.rejects(load, { code: 'ERR_MODEL_FORMAT', message: /no "symbolIds" and "scales"/ })
})
