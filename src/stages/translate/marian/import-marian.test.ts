import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { randomStudent, writeShortlist } from '../../../../test/fixtures/marian-student.ts'
import { writeVocabulary } from '../../../../test/fixtures/sentencepiece-vocabulary.ts'
import { marianImporter } from './import-marian.ts'

const size = { embedding: 16, feedForward: 32, heads: 2, encoderLayers: 1, decoderLayers: 1, vocabulary: 24 }
const files = {
  'model.frde.intgemm.alphas.bin': randomStudent(size),
  'vocab.frde.spm': writeVocabulary('a'),
  'lex.50.50.frde.s2t.bin': writeShortlist(24, 8, () => [9]),
}
const { 'vocab.frde.spm': vocabulary, ...withoutVocabulary } = files

async function importFiles(
  t: Test,
  content: Readonly<Record<string, Uint8Array>>,
  settings: Readonly<Record<string, string>> = {},
): Promise<string> {
  const root = t.testdir({ source: {}, target: {} })
  for (const [name, bytes] of Object.entries(content)) await writeFile(join(root, 'source', name), bytes)
  await marianImporter.run(join(root, 'source'), join(root, 'target'), { settings })
  return join(root, 'target')
}

async function readFolder(dir: string): Promise<Record<string, string>> {
  const entries = (await readdir(dir)).map(async (name) => [name, await readFile(join(dir, name), 'base64')])
  return Object.fromEntries(await Promise.all(entries)) as Record<string, string>
}

t.test('a folder is recognised by its names', (t) => {
  t.ok(marianImporter.detect(Object.keys(files)))
  t.ok(marianImporter.detect(Object.keys(files).map((name) => `${name}.gz`)))
  t.notOk(marianImporter.detect(['model.bin', 'config.json', 'tokenizer.json', 'vocabulary.json']))
  t.end()
})

t.test('a student is imported, the same each time', async (t) => {
  const dir = await importFiles(t, files)
  const first = await readFolder(dir)
  t.same(Object.keys(first).sort(), [
    'decoder-step.onnx',
    'encoder.onnx',
    'model.json',
    'shortlist.bin',
    'vocab.frde.spm',
  ])
  t.match(JSON.parse(await readFile(join(dir, 'model.json'), 'utf8')), {
    engine: 'marian',
    source: 'fr',
    target: 'de',
    precision: 'int8',
    sourceVocabulary: 'vocab.frde.spm',
    targetVocabulary: 'vocab.frde.spm',
  })
  await mkdir(join(dir, '../again'))
  await marianImporter.run(join(dir, '../source'), join(dir, '../again'), { settings: {} })
  t.same(await readFolder(join(dir, '../again')), first)
})

t.test('packed files and two vocabularies', async (t) => {
  const dir = await importFiles(t, {
    'model.enja.bin.gz': gzipSync(randomStudent({ ...size, splitVocabularies: true })),
    'srcvocab.enja.spm.gz': gzipSync(writeVocabulary('source')),
    'trgvocab.enja.spm': writeVocabulary('target'),
    'lex.50.50.enja.s2t.bin': files['lex.50.50.frde.s2t.bin'],
  })
  t.match(JSON.parse(await readFile(join(dir, 'model.json'), 'utf8')), {
    sourceVocabulary: 'srcvocab.enja.spm',
    targetVocabulary: 'trgvocab.enja.spm',
  })
  t.match(await readFile(join(dir, 'srcvocab.enja.spm'), 'utf8'), 'source')
  t.match(await readFile(join(dir, 'trgvocab.enja.spm'), 'utf8'), 'target')
})

t.test('languages come from the settings where the names do not tell them', async (t) => {
  const anonymous = {
    'model.bin': files['model.frde.intgemm.alphas.bin'],
    'vocab.spm': vocabulary,
    'lex.s2t.bin': files['lex.50.50.frde.s2t.bin'],
  }
  await t.rejects(importFiles(t, anonymous), {
    code: 'ERR_MODEL_FORMAT',
    message: /give the settings source and target/,
  })
  const dir = await importFiles(t, anonymous, { source: 'srp', target: 'en', precision: 'fp32' })
  t.match(JSON.parse(await readFile(join(dir, 'model.json'), 'utf8')), {
    source: 'srp',
    target: 'en',
    precision: 'fp32',
  })
})

const refused: readonly [string, Readonly<Record<string, Uint8Array>>, Record<string, string>, RegExp][] = [
  ['no vocabulary', withoutVocabulary, {}, /no vocab\*\.spm \(it has: lex/],
  ['two models', { ...files, 'model.b.bin': vocabulary }, {}, /more than one model\*\.bin/],
  ['an unknown precision', files, { precision: 'int4' }, /precision is int4, supported are int8 and fp32/],
  ['a language that is no code', files, { source: 'French' }, /source is French, expected an ISO 639/],
  ['a cut-off model', { ...files, 'model.frde.intgemm.alphas.bin': vocabulary }, {}, /Marian model/],
  ['a broken archive', { ...withoutVocabulary, 'vocab.frde.spm.gz': vocabulary }, {}, /cannot be unpacked/],
  [
    'a broken vocabulary',
    { ...files, 'vocab.frde.spm': Buffer.from('words') },
    {},
    /vocab\.frde\.spm is not a Sent/,
  ],
  [
    'the shortlist of another model',
    { ...files, 'lex.50.50.frde.s2t.bin': writeShortlist(30, 8, () => []) },
    {},
    /for 30 source words, the model has 24/,
  ],
]
for (const [name, content, settings, message] of refused) {
  t.test(`${name} is refused`, async (t) => {
    await t.rejects(importFiles(t, content, settings), { code: 'ERR_MODEL_FORMAT', message })
  })
}
