import { cp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { whisperOptimumDir } from '../../../../test/fixtures/whisper-optimum.ts'
import { detectImporter } from '../../../models/importers.ts'
import { optimumWhisperImporter as importer } from './import-optimum.ts'
import { type WhisperDescription } from './model-description.ts'
import { Vocabulary } from './vocabulary.ts'

type Json = Record<string, unknown>

async function readJson(path: string): Promise<Json> {
  return JSON.parse(await readFile(path, 'utf8')) as Json
}

/** A copy of the fixture that a test may change, and an empty folder. */
async function folders(t: Tap): Promise<{ source: string; target: string }> {
  const dir = t.testdir({ source: {}, target: {} })
  await cp(whisperOptimumDir, join(dir, 'source'), { recursive: true })
  return { source: join(dir, 'source'), target: join(dir, 'target') }
}

type Tap = Pick<typeof t, 'testdir'>

async function change(path: string, changes: Json): Promise<void> {
  await writeFile(path, JSON.stringify({ ...(await readJson(path)), ...changes }))
}

/** Splits `tokenizer.json` as the repositories do that have none. */
async function splitTokenizer(source: string): Promise<void> {
  const path = join(source, 'tokenizer.json')
  const { model, added_tokens: added } = (await readJson(path)) as {
    model: { vocab: Record<string, number> }
    added_tokens: { content: string; id: number }[]
  }
  const addedTokens = Object.fromEntries(added.map(({ content, id }) => [content, id]))
  await writeFile(join(source, 'vocab.json'), JSON.stringify(model.vocab))
  await writeFile(join(source, 'added_tokens.json'), JSON.stringify(addedTokens))
  await rm(path)
}

t.test('folders are recognised by their files', async (t) => {
  const files = ['config.json', 'preprocessor_config.json', 'tokenizer.json']
  t.ok(importer.detect([...files, 'onnx/encoder_model.onnx', 'onnx/decoder_model_merged.onnx']))
  t.ok(importer.detect([...files, 'encoder_model_quantized.onnx', 'decoder_model_merged_quantized.onnx']))
  t.notOk(importer.detect(['config.json', 'tokenizer.json', 'encoder_model.onnx']), 'a translator')
  t.notOk(importer.detect([...files, 'model.safetensors']))
  t.equal(await detectImporter(whisperOptimumDir), importer)
})

t.test('the files of a model', async (t) => {
  const { source, target } = await folders(t)
  await importer.run(source, target, { settings: {} })
  const description = (await readJson(join(target, 'model.json'))) as unknown as WhisperDescription
  t.match(description, {
    engine: 'whisper',
    graphs: 'optimum',
    precision: 'int8',
    shape: { melBins: 80, decoderLayers: 1, heads: 2, headSize: 8, audioContext: 100, textContext: 32 },
    tokens: { endOfText: 94, startOfTranscript: 95, noTimestamps: 102, firstTimestamp: 103 },
    multilingual: true,
    languages: { en: 96, pt: 97, jv: 98 },
    suppressedAtStart: [2, 94],
  })
  const vocabulary = new Vocabulary(await readFile(join(target, 'tokens.bin')))
  t.equal(vocabulary.decode([0, 1, 93, 94, 103]), '!"~', 'only text has characters')
  const quantized = await stat(join(source, 'onnx', 'encoder_model_quantized.onnx'))
  t.equal((await stat(join(target, 'encoder.onnx'))).size, quantized.size)
})

t.test('the vocabulary of older repositories', async (t) => {
  const { source, target } = await folders(t)
  await importer.run(source, target, { settings: { precision: 'fp32' } })
  const files = ['model.json', 'tokens.bin']
  const expected = await Promise.all(files.map((name) => readFile(join(target, name))))
  await splitTokenizer(source)
  const path = join(source, 'added_tokens.json')
  const added = Object.entries(await readJson(path)).filter(([token]) => !/^<\|\d/.test(token))
  await writeFile(path, JSON.stringify(Object.fromEntries(added)))
  const { target: other } = await folders(t)
  await importer.run(source, other, { settings: { precision: 'fp32' } })
  for (const [index, name] of files.entries()) {
    t.same(
      await readFile(join(other, name)),
      expected[index],
      `${name} without tokenizer.json and timestamps`,
    )
  }
})

t.test('what was generated stood in config.json once', async (t) => {
  const { source, target } = await folders(t)
  await rm(join(source, 'generation_config.json'))
  await change(join(source, 'config.json'), { suppress_tokens: [3], begin_suppress_tokens: [4] })
  await importer.run(source, target, { settings: {} })
  const description = await readJson(join(target, 'model.json'))
  t.match(description, { suppressed: [3], suppressedAtStart: [4], multilingual: true })
})

t.test('an English-only model', async (t) => {
  const { source, target } = await folders(t)
  await change(join(source, 'generation_config.json'), { is_multilingual: false })
  await importer.run(source, target, { settings: {} })
  t.match(await readJson(join(target, 'model.json')), { multilingual: false })
  t.same((await readJson(join(target, 'model.json')))['languages'], { en: 96 })
})

t.test('what cannot be imported is refused in words', async (t) => {
  const refuse = async (
    spoil: (source: string) => Promise<void>,
    message: RegExp,
    settings = {},
  ): Promise<void> => {
    const { source, target } = await folders(t)
    await spoil(source)
    const importing = importer.run(source, target, { settings })
    await t.rejects(importing, { code: 'ERR_MODEL_FORMAT', message }, String(message))
  }
  const config = (changes: Json) => (source: string) => change(join(source, 'config.json'), changes)
  const write = (name: string, text: string) => (source: string) => writeFile(join(source, name), text)
  const remove = (name: string) => (source: string) => rm(join(source, name))
  const nothing = (): Promise<void> => Promise.resolve()

  await refuse(nothing, /precision is int3/, { precision: 'int3' })
  await refuse(remove('onnx/encoder_model_quantized.onnx'), /precision=fp16 or precision=fp32/)
  await refuse(config({ model_type: 'moonshine' }), /of the type moonshine, not whisper/)
  await refuse(config({ num_mel_bins: '80' }), /num_mel_bins should be a whole number above 0/)
  await refuse(config({ vocab_size: 200 }), /gives <\|1\.9.\|> the id 20\d, .* vocab_size of 200/)
  await refuse(remove('config.json'), /it needs config\.json/)
  await refuse(write('config.json', '[]'), /config\.json should hold an object/)
  await refuse(write('generation_config.json', '{'), /generation_config\.json is no valid JSON/)
  await refuse(write('generation_config.json', '{"suppress_tokens": "all"}'), /a list of token ids/)
  await refuse(write('tokenizer.json', '{}'), /tokenizer\.json should hold model\.vocab/)
  await refuse(
    write('tokenizer.json', '{"model":{"vocab":{}},"added_tokens":[null]}'),
    /should hold .* added_tokens/,
  )
  await refuse(write('tokenizer.json', '{"model":{"vocab":{"a":"b"}},"added_tokens":[]}'), /gives a the id b/)
  await refuse(
    write('tokenizer.json', '{"model":{"vocab":{"a":0}},"added_tokens":[]}'),
    /no token <\|endoftext\|>/,
  )
  await refuse(remove('tokenizer.json'), /needs tokenizer\.json, or vocab\.json with added_tokens\.json/)
})
