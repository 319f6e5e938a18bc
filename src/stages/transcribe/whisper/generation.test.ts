import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { tinyShape, writeTinyWhisper } from '../../../../test/fixtures/ctranslate2-whisper.ts'
import { type Generation, generate } from './generation.ts'
import { ctranslate2WhisperImporter } from './import-ctranslate2.ts'
import { WhisperModel } from './model.ts'

const dir = t.testdir({ source: {}, model: {}, exact: {} })
await writeTinyWhisper(join(dir, 'source'))
await ctranslate2WhisperImporter.run(join(dir, 'source'), join(dir, 'model'), { settings: {} })
await ctranslate2WhisperImporter.run(join(dir, 'source'), join(dir, 'exact'), {
  settings: { precision: 'fp32' },
})

async function listen(
  model: WhisperModel,
  changes: { language?: string; timestamps?: boolean; prefix?: readonly number[]; draft?: readonly number[] },
): Promise<Generation> {
  const samples = Float32Array.from({ length: 16000 }, (_, index) => Math.sin(index * 0.1) / 2)
  const decoding = await model.encode(await model.features(samples, 32000))
  return generate(decoding, model.description, {
    language: changes.language,
    candidates: [],
    prefix: changes.prefix ?? [],
    draft: changes.draft ?? [],
    speechSeconds: 1,
    timestamps: changes.timestamps ?? true,
    signal: { aborted: false },
  })
}

t.test('a model that talks nonsense is stopped', async (t) => {
  const model = await WhisperModel.load(join(dir, 'model'), { threads: 1 })
  t.teardown(() => model.release())
  for (const timestamps of [true, false]) {
    const { tokens, language } = await listen(model, { language: 'pt', timestamps })
    t.equal(language, 'pt')
    t.ok(tokens.length <= tinyShape.textContext - 4, `${tokens.length} tokens fit the decoder`)
    t.ok(tokens.length <= 6 + 9, `${tokens.length} tokens in one second`)
    t.notOk(tokens.includes(1), 'suppressed tokens do not occur')
    if (!timestamps) t.ok(tokens.every((token) => token < model.description.tokens.firstTimestamp))
  }
  t.ok(['en', 'pt', 'jv'].includes((await listen(model, {})).language))
})

t.test('a draft changes nothing', async (t) => {
  const model = await WhisperModel.load(join(dir, 'exact'), { threads: 1 })
  t.teardown(() => model.release())
  for (const [name, spoken] of Object.entries({ known: { language: 'pt' }, detected: {} })) {
    const expected = await listen(model, spoken)
    const { tokens } = expected
    t.ok(tokens.length > 1, name)
    const wrong = tokens.with(1, tokens[1] === 3 ? 4 : 3)
    const drafts = {
      'the text itself': tokens,
      'its beginning': tokens.slice(0, -1),
      'a wrong token': wrong,
      'only wrong tokens': [3, 3, 3],
      'more than was said': [...tokens, 5, 6, 7],
      'more than the decoder takes': Array<number>(100).fill(tokens[0] ?? 0),
      'what may not be said': [1, 1],
    }
    for (const [draftName, draft] of Object.entries(drafts)) {
      const drafted = await listen(model, { ...spoken, draft })
      t.same(drafted.tokens, tokens, `${name}: ${draftName}`)
      t.equal(drafted.language, expected.language)
      t.equal(drafted.truncated, expected.truncated)
    }
  }
})

t.test('the text goes on behind a prefix', async (t) => {
  const model = await WhisperModel.load(join(dir, 'exact'), { threads: 1 })
  t.teardown(() => model.release())
  const { tokens } = await listen(model, { language: 'pt' })
  const prefix = tokens.slice(0, 3)
  t.same((await listen(model, { language: 'pt', prefix })).tokens, tokens)
  t.same((await listen(model, { language: 'pt', prefix, draft: tokens.slice(3) })).tokens, tokens)
  const other = await listen(model, { language: 'pt', prefix: [3, 4] })
  t.same(other.tokens.slice(0, 2), [3, 4], 'whatever is heard')
  t.equal(other.noSpeechProbability, 0)
  const loop = Array<number>(20).fill(5)
  t.same(await listen(model, { language: 'pt', prefix: loop }), { ...other, tokens: loop, truncated: true })
})

t.test('an English-only model takes English', async (t) => {
  const path = join(dir, 'model', 'model.json')
  const description = JSON.parse(await readFile(path, 'utf8'))
  const englishOnly = { ...description, multilingual: false, languages: { en: description.languages.en } }
  await writeFile(path, JSON.stringify(englishOnly))
  const model = await WhisperModel.load(join(dir, 'model'), { threads: 1 })
  t.teardown(() => model.release())
  t.equal((await listen(model, { language: 'en' })).language, 'en')
  t.equal((await listen(model, {})).language, 'en')
  await t.rejects(listen(model, { language: 'pt' }), { code: 'ERR_LANGUAGE', message: /it hears en/ })
})
