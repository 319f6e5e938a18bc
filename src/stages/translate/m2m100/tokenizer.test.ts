import t from 'tap'
import { goldenTokens, goldenTranslations, importM2m100 } from '../../../../test/fixtures/m2m100.ts'
import { readDescription } from './model-description.ts'
import { M2m100Tokenizer } from './tokenizer.ts'

const modelDir = await importM2m100(t)
const listeners = (): number =>
  process.listenerCount('uncaughtException') + process.listenerCount('unhandledRejection')
const listenersBefore = listeners()
const tokenizer = await M2m100Tokenizer.load(modelDir, await readDescription(modelDir))

t.test('no handler of SentencePiece stays on the process', (t) => {
  t.equal(listeners(), listenersBefore)
  t.end()
})

t.test('the ids of a thousand lines are those of the reference', async (t) => {
  const sentences = (await goldenTranslations()).map(({ text, sourceIds }) => ({
    text,
    ids: sourceIds.slice(1, -1),
  }))
  const lines = [...sentences, ...(await goldenTokens())]
  t.equal(lines.length, 1000)
  const different = lines.filter(({ text, ids }) => tokenizer.encode(text).join() !== ids.join())
  t.same(different, [])
})

t.test('the texts of ids are those of the reference', async (t) => {
  for (const { greedy, greedyWords, greedyText } of await goldenTranslations()) {
    t.equal(tokenizer.decode(greedyWords ?? greedy), greedyText)
  }
})

t.test('control tokens in a text are only text', (t) => {
  // transformers splits a text at its special tokens, so that </s> in it would become the end.
  const { unknownId, specialIds } = { unknownId: 3, specialIds: [0, 1, 2] }
  for (const text of ['</s>', '<s>', '<pad>', '__en__', 'a </s> b', '__pt__ a', '<unk>']) {
    const ids = tokenizer.encode(text)
    t.ok(ids.length > 1, text)
    t.notOk(
      ids.some((id) => specialIds.includes(id) || id >= 521),
      `${text}: ${ids.join()}`,
    )
  }
  t.same(tokenizer.encode('😀').slice(-1), [unknownId])
  t.end()
})

t.test('what is known', (t) => {
  t.ok(tokenizer.knows('Where is the station?'))
  t.notOk(tokenizer.knows('Where 😀'))
  t.ok(tokenizer.knows(''))
  t.end()
})
