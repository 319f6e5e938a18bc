import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { GraphBuilder } from '../../../models/onnx/graph-builder.ts'
import { kokoroImporter } from './importer.ts'

/** A float network of Kokoro's outer shape. */
function floatNetwork(output: string): Uint8Array {
  const graph = new GraphBuilder('kokoro')
  graph.input('tokens', 'int64', [1, 'n'])
  graph.input('style', 'float32', [1, 256])
  graph.input('speed', 'float32', [1])
  graph.node('Add', ['style', 'speed'], { outputs: [output] })
  graph.output(output, 'float32', [1, 256])
  return graph.build({ irVersion: 9, opset: 20 })
}

async function folders(dir: string, network: Uint8Array): Promise<{ source: string; target: string }> {
  const source = join(dir, 'source')
  const target = join(dir, 'target')
  await mkdir(join(source, 'voices'), { recursive: true })
  await mkdir(target)
  await writeFile(join(source, 'kokoro.onnx'), network)
  for (const id of ['pf_dora', 'pm_alex', 'ff_siwis'])
    await writeFile(join(source, 'voices', `${id}.bin`), id)
  return { source, target }
}

t.test('a folder is recognised by its files', (t) => {
  t.equal(kokoroImporter.detect(['kokoro.onnx', 'voices/pf_dora.bin']), true)
  t.equal(kokoroImporter.detect(['kokoro.onnx']), false)
  t.equal(kokoroImporter.detect(['hibari.onnx', 'voices/pf_dora.bin']), false)
  t.end()
})

t.test('a float model passes, with the voices that are asked for', async (t) => {
  const network = floatNetwork('audio')
  const { source, target } = await folders(t.testdir(), network)
  await kokoroImporter.run(source, target, { settings: { voices: 'pm_alex, ff_siwis' } })
  t.equal(Buffer.compare(await readFile(join(target, 'model.onnx')), network), 0)
  t.same((await readdir(join(target, 'voices'))).sort(), ['ff_siwis.bin', 'pm_alex.bin'])
  t.same(JSON.parse(await readFile(join(target, 'model.json'), 'utf8')), {
    engine: 'kokoro',
    sampleRate: 24000,
    voices: [
      { id: 'pm_alex', language: 'pt', espeakVoice: 'pt-br', gender: 'male' },
      { id: 'ff_siwis', language: 'fr', espeakVoice: 'fr', gender: 'female' },
    ],
  })
})

t.test('without a choice, all voices that can be spoken', async (t) => {
  const { source, target } = await folders(t.testdir(), floatNetwork('audio'))
  await writeFile(join(source, 'voices', 'zf_xiaobei.bin'), 'Chinese')
  await kokoroImporter.run(source, target, { settings: {} })
  t.same((await readdir(join(target, 'voices'))).sort(), ['ff_siwis.bin', 'pf_dora.bin', 'pm_alex.bin'])
})

t.test('what cannot be imported is named', async (t) => {
  const { source, target } = await folders(t.testdir(), floatNetwork('audio'))
  const run = (voices: string): Promise<void> => kokoroImporter.run(source, target, { settings: { voices } })
  await t.rejects(kokoroImporter.run(source, target, { settings: { precision: 'fp64' } }), {
    code: 'ERR_BAD_REQUEST',
    message: /precision is one of int8, fp32/,
  })
  await t.rejects(run('zf_xiaobei'), {
    code: 'ERR_MODEL_FORMAT',
    message: /zf_xiaobei .* first letter is one of a, b/,
  })
  await t.rejects(run('../pf_dora'), { code: 'ERR_MODEL_FORMAT' })
  await t.rejects(run('pf_nobody'), { code: 'ERR_MODEL_FORMAT', message: /the folder has .*pf_dora/ })
})

t.test('other models are refused', async (t) => {
  const other = await folders(t.testdir({ other: {} }), floatNetwork('spectrum'))
  await t.rejects(kokoroImporter.run(other.source, other.target, { settings: {} }), {
    code: 'ERR_MODEL_FORMAT',
    message: /expected the inputs tokens .* found tokens, style, speed and spectrum/,
  })
  await writeFile(join(other.source, 'kokoro.onnx'), 'no model')
  await t.rejects(kokoroImporter.run(other.source, other.target, { settings: {} }), {
    code: 'ERR_MODEL_FORMAT',
    message: /kokoro.onnx cannot be read/,
  })
  await t.rejects(kokoroImporter.run(other.target, other.target, { settings: {} }), {
    code: 'ERR_MODEL_FORMAT',
    message: /expected kokoro.onnx/,
  })
})
