import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { tinyShape, writeTinyWhisper } from '../../../../test/fixtures/ctranslate2-whisper.ts'
import { type Generation, generate } from './generation.ts'
import { ctranslate2WhisperImporter } from './import-ctranslate2.ts'
import { WhisperModel } from './model.ts'

const dir = t.testdir({ source: {}, model: {} })
await writeTinyWhisper(join(dir, 'source'))
await ctranslate2WhisperImporter.run(join(dir, 'source'), join(dir, 'model'), { settings: {} })

async function listen(
  model: WhisperModel,
  changes: { language?: string; timestamps?: boolean },
): Promise<Generation> {
  const samples = Float32Array.from({ length: 16000 }, (_, index) => Math.sin(index * 0.1) / 2)
  const decoding = await model.encode(await model.features(samples, 32000))
  return generate(decoding, model.description, {
    language: changes.language,
    candidates: [],
    speechSeconds: 1,
    timestamps: changes.timestamps ?? true,
    signal: { aborted: false },
  })
}

t.test('a model that talks nonsense is stopped', async (t) => {
  const model = await WhisperModel.load(join(dir, 'model'), 1)
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

t.test('an English-only model takes English', async (t) => {
  const path = join(dir, 'model', 'model.json')
  const description = JSON.parse(await readFile(path, 'utf8'))
  const englishOnly = { ...description, multilingual: false, languages: { en: description.languages.en } }
  await writeFile(path, JSON.stringify(englishOnly))
  const model = await WhisperModel.load(join(dir, 'model'), 1)
  t.teardown(() => model.release())
  t.equal((await listen(model, { language: 'en' })).language, 'en')
  t.equal((await listen(model, {})).language, 'en')
  await t.rejects(listen(model, { language: 'pt' }), { code: 'ERR_LANGUAGE', message: /it hears en/ })
})
