import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { GraphBuilder } from '../../../models/onnx/graph-builder.ts'
import { readPiperDescription } from './description.ts'
import { piperImporter } from './importer.ts'

function network(output: string): Uint8Array {
  const graph = new GraphBuilder('piper')
  graph.input('input', 'int64', [1, 'n'])
  graph.input('input_lengths', 'int64', [1])
  graph.input('scales', 'float32', [3])
  graph.node('Identity', ['scales'], { outputs: [output] })
  graph.output(output, 'float32', [3])
  return graph.build({ irVersion: 9, opset: 20 })
}

const config = {
  audio: { sample_rate: 22050, quality: 'medium' },
  espeak: { voice: 'pt-br' },
  inference: { noise_scale: 0.667, length_scale: 1, noise_w: 0.8 },
  phoneme_type: 'espeak',
  num_speakers: 1,
  phoneme_id_map: { _: [0], '^': [1], $: [2], a: [14] },
  language: { code: 'pt_BR' },
  dataset: 'faber',
}

async function importVoice(
  t: Test,
  files: Readonly<Record<string, string | Uint8Array>>,
  settings: Readonly<Record<string, string>> = {},
): Promise<string> {
  const dir = t.testdir({ source: {}, target: {} })
  for (const [name, content] of Object.entries(files)) await writeFile(join(dir, 'source', name), content)
  await piperImporter.run(join(dir, 'source'), join(dir, 'target'), { settings })
  return join(dir, 'target')
}

t.test('a folder is recognised by its files', (t) => {
  t.equal(piperImporter.detect(['MODEL_CARD', 'pt_BR-faber.onnx', 'pt_BR-faber.onnx.json']), true)
  t.equal(piperImporter.detect(['pt_BR-faber.onnx', 'other.onnx.json']), false)
  t.end()
})

t.test('a voice', async (t) => {
  const files = { 'faber.onnx': network('output'), 'faber.onnx.json': JSON.stringify(config) }
  const target = await importVoice(t, files, { gender: 'male' })
  t.equal(Buffer.compare(await readFile(join(target, 'model.onnx')), files['faber.onnx']), 0)
  t.same(await readPiperDescription(target), {
    engine: 'vits',
    sampleRate: 22050,
    voices: [{ id: 'faber', language: 'pt', espeakVoice: 'pt-br', gender: 'male' }],
    symbolIds: config.phoneme_id_map,
    scales: { noise: 0.667, length: 1, noiseWidth: 0.8 },
  })
})

t.test('what cannot be imported is named', async (t) => {
  const cases: [change: object, message: RegExp][] = [
    [{ num_speakers: 904 }, /has 904 speakers .*voices of one speaker/],
    [{ phoneme_type: 'text' }, /the phonemes of text/],
    [{ phoneme_id_map: { a: [1] } }, /not the configuration of a Piper voice/],
    [{ dataset: undefined }, /not the configuration/],
    [{ language: { code: '../..' } }, /not the configuration/],
  ]
  for (const [change, message] of cases) {
    const json = JSON.stringify({ ...config, ...change })
    const files = { 'faber.onnx': network('output'), 'faber.onnx.json': json }
    await t.rejects(importVoice(t, files), { code: 'ERR_MODEL_FORMAT', message })
  }
  const files = { 'faber.onnx': network('spectrum'), 'faber.onnx.json': JSON.stringify(config) }
  await t.rejects(importVoice(t, files), { code: 'ERR_MODEL_FORMAT', message: /it has no output \(expected/ })
  await t.rejects(importVoice(t, files, { gender: 'x' }), {
    code: 'ERR_BAD_REQUEST',
    message: /one of female, male/,
  })
  await t.rejects(importVoice(t, {}), { code: 'ERR_MODEL_FORMAT', message: /expected NAME.onnx/ })
})
