import { cp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { m2m100Dir } from '../../../../test/fixtures/m2m100.ts'
import { optimumM2m100Importer } from './import-optimum.ts'
import { engineModule } from './index.ts'

type Change = (dir: string) => Promise<void>
type Settings = Readonly<Record<string, string>>

async function importChanged(
  t: Test,
  change: Change,
  settings: Settings = { precision: 'fp32' },
): Promise<string> {
  const root = t.testdir({ source: {}, target: {} })
  await cp(m2m100Dir, join(root, 'source'), { recursive: true })
  await change(join(root, 'source'))
  await optimumM2m100Importer.run(join(root, 'source'), join(root, 'target'), { settings })
  return join(root, 'target')
}

async function describe(t: Test, change: Change, settings?: Settings): Promise<Record<string, unknown>> {
  const dir = await importChanged(t, change, settings)
  return JSON.parse(await readFile(join(dir, 'model.json'), 'utf8')) as Record<string, unknown>
}

const nothing: Change = async () => undefined
const without =
  (name: string): Change =>
  (dir) =>
    rm(join(dir, name))
const edit =
  (name: string, fields: object): Change =>
  async (dir) => {
    const value = JSON.parse(await readFile(join(dir, name), 'utf8')) as object
    await writeFile(join(dir, name), JSON.stringify({ ...value, ...fields }))
  }
const write =
  (name: string, content: string): Change =>
  (dir) =>
    writeFile(join(dir, name), content)

t.test('a folder is recognised by its names', (t) => {
  t.ok(optimumM2m100Importer.detect(['config.json', 'sentencepiece.bpe.model', 'onnx/encoder_model.onnx']))
  t.notOk(
    optimumM2m100Importer.detect(['config.json', 'vocab.json', 'merges.txt', 'onnx/encoder_model.onnx']),
  )
  t.end()
})

t.test('a model is imported with what its files say', async (t) => {
  const dir = await importChanged(t, nothing)
  t.same((await readdir(dir)).sort(), [
    'decoder.onnx',
    'encoder.onnx',
    'model.json',
    'sentencepiece.bpe.model',
    'vocab.json',
  ])
  t.match(JSON.parse(await readFile(join(dir, 'model.json'), 'utf8')), {
    engine: 'm2m100',
    flavour: 'm2m100',
    precision: 'fp32',
    beams: 1,
    modelSize: 24,
    encoderLayers: 2,
    decoderLayers: 2,
    heads: 2,
    maxPositions: 96,
    maxLength: 28,
    vocabularyEntries: 521,
    vocabularySize: 629,
    tokens: { start: 2, end: 2, padding: 1, unknown: 3, noWords: [0, 1, 3] },
    languages: { af: 521, en: 539, zu: 620 },
  })
})

t.test('the least that a model has', async (t) => {
  const description = await describe(t, async (dir) => {
    for (const name of ['generation_config.json', 'tokenizer_config.json', 'special_tokens_map.json']) {
      await rm(join(dir, name))
    }
  })
  t.match(description, { flavour: 'm2m100', maxLength: 200, languages: { pt: 592 } })
})

t.test('settings', async (t) => {
  t.match(await describe(t, nothing, { precision: 'fp32', beams: '5', flavour: 'small100' }), {
    beams: 5,
    flavour: 'small100',
  })
  const wrong: [Settings, RegExp][] = [
    [{ precision: 'fp32', beams: '0' }, /beams is 0, expected a whole number from 1 to 16/],
    [{ precision: 'fp32', flavour: 'nllb' }, /flavour is nllb, supported are m2m100, small100/],
    [{ precision: 'int3' }, /precision is int3, supported are int8, int8-weights, int4, fp16, fp32/],
    [{}, /no encoder_model_quantized\.onnx .*precision=fp32/],
  ]
  for (const [settings, message] of wrong) {
    await t.rejects(importChanged(t, nothing, settings), { code: 'ERR_MODEL_FORMAT', message })
  }
})

t.test('SMaLL-100 is told by its tokenizer or its name', async (t) => {
  const changes = [
    edit('tokenizer_config.json', { tokenizer_class: 'SMALL100Tokenizer' }),
    edit('config.json', { _name_or_path: 'alirezamsh/small100' }),
    write('tokenization_small100.py', ''),
  ]
  for (const change of changes) t.match(await describe(t, change), { flavour: 'small100' })
})

t.test('languages that were added have the ids that the files say', async (t) => {
  const decoder = { 521: { content: '__af__' }, 625: { content: '__haw__' }, 3: { content: '<unk>' } }
  t.match(await describe(t, edit('tokenizer_config.json', { added_tokens_decoder: decoder })), {
    languages: { af: 521, haw: 625 },
  })
  t.match(await describe(t, write('added_tokens.json', '{"__haw__": 626}')), { languages: { haw: 626 } })
})

t.test('what cannot be imported is said', async (t) => {
  const cases: [Change, RegExp][] = [
    [without('config.json'), /has no config\.json/],
    [write('config.json', '{'), /config\.json is no valid JSON/],
    [write('config.json', '[]'), /config\.json should be a JSON object/],
    [edit('config.json', { model_type: 'marian' }), /of the type marian, expected m2m_100/],
    [edit('config.json', { d_model: '24' }), /config\.json: d_model is "24", expected a whole number/],
    [edit('config.json', { eos_token_id: 5 }), /config\.json has 5 as eos_token_id, vocab\.json has 2/],
    [edit('config.json', { vocab_size: 600 }), /ids beyond vocab_size 600 for/],
    [without('vocab.json'), /vocab\.json is missing; NLLB/],
    [
      edit('tokenizer_config.json', { tokenizer_class: 'NllbTokenizer' }),
      /tokenizer of M2M100 is missing; NLLB/,
    ],
    [edit('tokenizer_config.json', { language_codes: 'mine' }), /unknown language_codes: mine/],
    [edit('vocab.json', { extra: 4 }), /the ids of vocab\.json should be 0 to 521, each once/],
    [edit('vocab.json', { extra: -1 }), /vocab\.json: extra is -1, expected the id of a token/],
    [write('sentencepiece.bpe.model', 'no'), /sentencepiece\.bpe\.model is not a SentencePiece model/],
    [without('decoder_model_merged.onnx'), /no encoder_model\.onnx with decoder_model_merged.*optimum-cli/],
  ]
  for (const [change, message] of cases) {
    await t.rejects(importChanged(t, change), { code: 'ERR_MODEL_FORMAT', message }, message.source)
  }
})

t.test('graphs of another model fail at the start', async (t) => {
  const dir = await importChanged(t, edit('config.json', { decoder_layers: 3 }))
  await t.rejects(engineModule.load({ modelDirs: [dir], threads: 1 }), {
    code: 'ERR_MODEL_FORMAT',
    message: /decoder\.onnx has 2 layers and 629 logits, config\.json says 3 and 629/,
  })
})
