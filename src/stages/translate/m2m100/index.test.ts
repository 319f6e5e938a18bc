import t from 'tap'
import { goldenTranslations, importM2m100 } from '../../../../test/fixtures/m2m100.ts'
import { type TranslationResult } from '../translator.ts'
import { engineModule } from './index.ts'
import { M2m100Model } from './model.ts'

const modelDir = await importM2m100(t)
const engine = await engineModule.load({ modelDirs: [modelDir], threads: 1 })
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

t.test('any two languages', (t) => {
  const [route, ...others] = engine.info.routes
  t.same(others, [])
  t.equal(route?.model, 'random-m2m100')
  for (const language of ['en', 'pt', 'zh', 'jv', 'nso', 'ceb']) {
    t.ok(route?.sources.includes(language) && route.targets.includes(language), language)
  }
  t.end()
})

t.test('sentences are translated as the reference does it', async (t) => {
  let compared = 0
  for (const row of await goldenTranslations()) {
    const { text, source, target, sourceIds, greedy, greedyWords = greedy, greedyText } = row
    // The engine cuts what is too long, prepares what the model does not know, and splits sentences.
    if (greedyWords.length > sourceIds.length || sourceIds.includes(3)) continue
    const result = await translate(text, source, target)
    if (result?.sentences.length !== 1) continue
    t.equal(result.sentences[0]?.target, greedyText)
    compared++
  }
  t.ok(compared > 50, `${compared} compared`)
})

t.test('several sentences, none of them lost', async (t) => {
  const text = 'Where is the station? She is in the garden. We have lived here.'
  const result = await translate(text)
  t.equal(result?.model, 'random-m2m100')
  t.same(
    result?.sentences.map(({ source }) => source),
    ['Where is the station?', 'She is in the garden.', 'We have lived here.'],
  )
  t.ok((result?.modelMs ?? 0) > 0)
  for (const { source, target } of result?.sentences ?? []) {
    t.same((await translate(source))?.sentences, [{ source, target }], 'as it is alone')
  }
})

t.test('text without words', async (t) => {
  for (const text of ['', ' \n ', '😀', '?!']) t.match(await translate(text), { sentences: [] }, `"${text}"`)
})

t.test('what the model does not know', async (t) => {
  const plain = await translate('Can you help me?')
  const targets = (result: TranslationResult | undefined) => result?.sentences.map(({ target }) => target)
  t.same(targets(await translate('Can you help me 😀?')), targets(plain))
  t.same(targets(await translate('CAN YOU HELP ME?')), targets(plain))
})

t.test('text of any kind and length comes back as text', async (t) => {
  for (const text of [
    'a'.repeat(3000),
    'ha '.repeat(400),
    '\ud800 x',
    '\u0000 y',
    '1 2 3',
    `a${'\u0301'.repeat(500)}`,
    '</s> __pt__ hello',
  ]) {
    const result = await translate(text)
    t.equal(result?.sentences.length, 1)
    t.notMatch(result?.sentences[0]?.target, /<unk>|<\/s>|__[a-z]+__/)
  }
})

t.test('a long sentence is translated in parts', async (t) => {
  const sentence = Array(12).fill('the children were playing in the garden').join(', ')
  const result = await translate(sentence)
  t.equal(result?.sentences.length, 1)
  const parts = await translate('the children were playing in the garden')
  t.ok((result?.sentences[0]?.target.length ?? 0) > 3 * (parts?.sentences[0]?.target.length ?? Infinity))
})

t.test('unknown languages', async (t) => {
  for (const [source, target] of [
    ['yue', 'en'],
    ['en', 'haw'],
    ['en', 'nn'],
    ['en', 'en'],
  ] as const) {
    await t.rejects(translate('a', source, target), {
      code: 'ERR_LANGUAGE_PAIR',
      message: new RegExp(`^${source}-${target} cannot be translated; random-m2m100 has af, .*\\bzu\\b`),
    })
  }
})

t.test('stops between two words once it is cancelled', async (t) => {
  let polls = 0
  const signal = {
    get aborted() {
      return ++polls > 3
    },
  }
  t.equal(await translate('Where is the train station?', 'en', 'pt', signal), undefined)
  t.equal(polls, 4)
})

t.test('beams are a setting of the model', async (t) => {
  const dir = await importM2m100(t, { beams: '5' })
  const model = await M2m100Model.load(dir, { threads: 1 })
  t.teardown(() => model.close())
  const row = (await goldenTranslations()).find(
    ({ greedy, beam5, beam5Words, sourceIds }) =>
      beam5.join() !== greedy.join() && !beam5Words && beam5.at(-1) === 2 && !sourceIds.includes(3),
  )
  if (!row) throw new Error('no row that beams change')
  const direction = model.direction(row.source, row.target)
  if (!direction) throw new Error('no such languages')
  const translated = await model.translate([row.text], direction, { aborted: false })
  t.same(translated, [model.tokenizer.decode(row.beam5)])
})

t.test('SMaLL-100 names the target before the source', async (t) => {
  const dir = await importM2m100(t, { flavour: 'small100' })
  const model = await M2m100Model.load(dir, { threads: 1 })
  t.teardown(() => model.close())
  const direction = model.direction('en', 'pt')
  t.match(direction, { sourceStart: [592], targetStart: [2] })
  t.match(model.direction('de', 'nb'), { sourceStart: [model.description.languages['no']], targetStart: [2] })
  if (!direction) throw new Error('no such languages')
  const [translated] = (await model.translate(['Where is it?'], direction, { aborted: false })) ?? []
  t.type(translated, 'string')
})

t.test('folders that cannot be loaded are named', async (t) => {
  const load = (...modelDirs: string[]) => engineModule.load({ modelDirs, threads: 1 })
  await t.rejects(load(t.testdir({})), { code: 'ERR_MODEL_MISSING' })
  await t.rejects(load(t.testdir({ 'model.json': '{' })), { code: 'ERR_MODEL_FORMAT', message: /not JSON/ })
  await t.rejects(load(t.testdir({ 'model.json': '{"engine":"marian"}' })), {
    code: 'ERR_MODEL_FORMAT',
    message: /does not describe an M2M100 model/,
  })
  await t.rejects(load(), { code: 'ERR_ENGINE' })
})
