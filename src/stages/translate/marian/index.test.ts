import { cp, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import t from 'tap'
import { goldenPairs, goldenRows } from '../../../../test/fixtures/marian-golden-rows.ts'
import { modelDir } from '../../../../test/models.ts'
import { type TranslationResult } from '../translator.ts'
import { engineModule } from './index.ts'

const modelDirs = goldenPairs.map((pair) => modelDir(`marian-${pair}`))
const listeners = (): number =>
  process.listenerCount('uncaughtException') + process.listenerCount('unhandledRejection')
const listenersBefore = listeners()
const engine = await engineModule.load({ modelDirs, threads: 1 })
t.teardown(() => engine.close())

async function translate(
  text: string,
  source = 'en',
  target = 'pt',
  signal = { aborted: false },
): Promise<TranslationResult | undefined> {
  for await (const result of engine.run({ text, source, target }, { signal })) return result
  return undefined
}

async function targets(text: string, source?: string, target?: string): Promise<readonly string[]> {
  return (await translate(text, source, target))?.sentences.map((sentence) => sentence.target) ?? []
}

t.test('the pairs that are loaded', async (t) => {
  t.same(engine.info.routes, [
    { sources: ['en'], targets: ['pt'], model: 'marian-en-pt' },
    { sources: ['pt'], targets: ['en'], model: 'marian-pt-en' },
  ])
  t.equal(listeners(), listenersBefore, 'no handler of the tokenizer stays on the process')
})

t.test('golden rows', async (t) => {
  for (const [pair, rows] of Object.entries(await goldenRows())) {
    const [source, target] = pair.split('-')
    let equal = 0
    for (const row of rows) {
      const [translation] = await targets(row.source, source, target)
      if (translation === row.target) equal++
      else t.comment(`${translation} instead of ${row.target}`)
    }
    // The rows are float32; in 8 bits, a choice between two words of equal rank may fall the other way.
    t.ok(equal >= 18, `${equal} of ${rows.length} equal in ${pair}`)
  }
})

t.test('several sentences, none of them lost', async (t) => {
  const result = await translate('Mr. Smith went to Washington. He arrived at noon. It was raining.')
  t.match(result, {
    model: 'marian-en-pt',
    sentences: [
      { source: 'Mr. Smith went to Washington.', target: /Smith.*Washington/ },
      { source: 'He arrived at noon.', target: /meio-dia/ },
      { source: 'It was raining.', target: /chovendo/ },
    ],
  })
  t.ok((result?.modelMs ?? 0) > 0)
})

t.test('what the model does not know', async (t) => {
  t.same(await targets('I love it 😀'), await targets('I love it'))
  t.same(await targets('Nadal’s record is 7–2.'), await targets("Nadal's record is 7-2."))
  t.match(await targets('PLEASE TURN OFF YOUR PHONE.'), ['Por favor, desligue o seu telefone.'])
  t.match(await targets('My name is 李.'), [/^Meu nome é Li\./])
})

t.test('text without words', async (t) => {
  for (const text of ['', ' \n ', '😀', '?!']) t.match(await translate(text), { sentences: [] }, `"${text}"`)
})

t.test('a very long sentence keeps its words', async (t) => {
  const rows = (await goldenRows())['en-pt']
  const bare = (text: string): string => text.toLowerCase().replace(/[.,?!$]/g, '')
  const source = rows.map((row) => bare(row.source)).join(' ')
  const expected = rows.flatMap((row) => bare(row.target).split(' '))
  const [translation] = await targets(source)
  const words = bare(translation ?? '').split(' ')
  t.ok(words.length > 0.9 * expected.length, `${words.length} of ${expected.length} words`)
  for (const word of ['maria', 'hospital', 'inteligência', 'amazônica', 'paulo'])
    t.ok(words.includes(word), word)
})

t.test('odd text comes back as text', async (t) => {
  for (const text of [
    'a'.repeat(3000),
    'ha '.repeat(400),
    '\ud800 x',
    '\u0000 y',
    '1 2 3',
    '</s> <unk> hello',
  ]) {
    const [translation] = await targets(text)
    t.type(translation, 'string')
    t.notMatch(translation, /⁇|<unk>/)
  }
})

t.test('stops between two words once it is cancelled', async (t) => {
  let polls = 0
  const signal = {
    get aborted() {
      return ++polls > 5
    },
  }
  t.equal(await translate('The children were playing happily in the garden.', 'en', 'pt', signal), undefined)
  t.equal(polls, 6)
})

t.test('a pair that no model has goes through English', async (t) => {
  // Galician is near enough to Portuguese to be read by its model.
  const [onward = '', back = ''] = modelDirs
  const galician = join(t.testdir({}), 'marian-gl-en')
  await cp(back, galician, { recursive: true })
  const description = JSON.parse(await readFile(join(galician, 'model.json'), 'utf8')) as object
  await writeFile(join(galician, 'model.json'), JSON.stringify({ ...description, source: 'gl' }))
  const through = await engineModule.load({ modelDirs: [galician, onward], threads: 1 })
  t.teardown(() => through.close())
  t.same(through.info.routes, [
    { sources: ['gl'], targets: ['en'], model: 'marian-gl-en' },
    { sources: ['en'], targets: ['pt'], model: 'marian-en-pt' },
    { sources: ['gl'], targets: ['pt'], model: 'marian-gl-en+marian-en-pt', via: 'en' },
  ])
  const text = 'A biblioteca fecha hoje. Onde fica a estação?'
  const request = { text, source: 'gl', target: 'pt' }
  for await (const { sentences, model } of through.run(request, { signal: { aborted: false } })) {
    t.equal(model, 'marian-gl-en+marian-en-pt')
    t.match(sentences, [
      { source: 'A biblioteca fecha hoje.', target: /biblioteca.*hoje/i },
      { source: 'Onde fica a estação?', target: /estação/i },
    ])
  }
})

t.test('an unknown pair lists the pairs', async (t) => {
  await t.rejects(translate('Bonjour', 'fr', 'en'), {
    code: 'ERR_LANGUAGE_PAIR',
    message: /fr-en cannot be translated; loaded are en-pt, pt-en/,
  })
})

t.test('folders that cannot be loaded are named', async (t) => {
  const load = (...dirs: string[]) => engineModule.load({ modelDirs: dirs, threads: 1 })
  const first = modelDirs[0] ?? ''
  await t.rejects(load(t.testdir({})), { code: 'ERR_MODEL_MISSING' })
  await t.rejects(load(t.testdir({ 'model.json': '{' })), { code: 'ERR_MODEL_FORMAT', message: /not JSON/ })
  await t.rejects(load(t.testdir({ 'model.json': '{"engine":"whisper"}' })), {
    code: 'ERR_MODEL_FORMAT',
    message: /does not describe a Marian model/,
  })
  await t.rejects(load(first, first), {
    code: 'ERR_CONFIG',
    message: /marian-en-pt and marian-en-pt both translate en-pt/,
  })
  const broken = join(t.testdir({}), basename(first))
  await cp(first, broken, { recursive: true })
  await writeFile(join(broken, 'vocab.enpt.spm'), 'no vocabulary')
  await t.rejects(load(broken), {
    code: 'ERR_MODEL_FORMAT',
    message: /vocab.enpt.spm is not a SentencePiece/,
  })
})
