import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { readLinePairs } from './line-pairs.ts'
import { ownData } from './setting.ts'
import { readInputs, recordingsFolder } from './spoken-inputs.ts'

for (const [language, other] of [
  ['en', 'pt'],
  ['pt', 'en'],
] as const) {
  t.test(`our own speech, ${language}`, async (t) => {
    const inputs = await readInputs({ data: ownData, language, count: Infinity })
    const files = await readdir(recordingsFolder(ownData, language))
    t.same(
      inputs.map(({ name }) => name).sort(),
      files.filter((file) => file.endsWith('.wav')).sort(),
      'every file has its text',
    )
    t.ok(inputs.every(({ recording }) => recording.sampleRate === 16_000))
    const [pairs] = await readLinePairs(ownData, language, other)
    const own = inputs.filter(({ name }) => name.startsWith('own-'))
    t.ok(own.length >= 40)
    for (const { name, text } of own) t.equal(text, pairs?.sources[Number(name.slice(4, 7)) - 1], name)
  })
}

t.test('some of them', async (t) => {
  t.equal((await readInputs({ data: ownData, language: 'pt', count: 3 })).length, 3)
})

t.test('a folder without recordings', async (t) => {
  const dir = t.testdir({ pt: { 'transcripts.tsv': 'file\tseconds\ttext\n' }, en: {} })
  await t.rejects(readInputs({ data: dir, language: 'pt', count: 1 }), { message: /names no recording/ })
  await t.rejects(readInputs({ data: dir, language: 'en', count: 1 }), {
    message: `--data ${dir}: there is no transcripts.tsv in it, in en or in speech/en`,
  })
  await t.rejects(readInputs({ data: join(dir, 'nowhere'), language: 'en', count: 1 }), {
    message: /no transcripts\.tsv/,
  })
})
