import { join } from 'node:path'
import t from 'tap'
import { readLinePairs } from './line-pairs.ts'
import { ownData } from './setting.ts'

t.test('texts that are there in both languages, also in a folder of FLORES', async (t) => {
  const dir = t.testdir({
    'talk.en': 'Hello\nBye\n',
    'talk.pt': 'Olá\nTchau\n',
    'alone.en': 'Hello\n',
    flores: { 'dev.en': 'One\n', 'dev.pt': 'Um\n', 'dev.other.pt': 'Uno\n' },
  })
  t.same(await readLinePairs(dir, 'en', 'pt'), [
    { name: 'talk', sources: ['Hello', 'Bye'], references: ['Olá', 'Tchau'] },
    { name: 'dev', sources: ['One'], references: ['Um'] },
  ])
  t.match(await readLinePairs(join(dir, 'flores'), 'pt', 'en'), [{ name: 'dev', sources: ['Um'] }])
})

t.test('what does not fit together is refused', async (t) => {
  const dir = t.testdir({ 'talk.en': 'Hello\nBye\n', 'talk.pt': 'Olá\n' })
  await t.rejects(readLinePairs(dir, 'en', 'pt'), { message: /talk.en has 2 lines and talk.pt 1/ })
  await t.rejects(readLinePairs(dir, 'en', 'fr'), { message: /no NAME.en with a NAME.fr/ })
  await t.rejects(readLinePairs(join(dir, 'nowhere'), 'en', 'pt'), { message: /no NAME.en/ })
})

t.test('our own sentences are at least a hundred pairs', async (t) => {
  const [own] = await readLinePairs(ownData, 'en', 'pt')
  t.equal(own?.name, 'conversation')
  t.ok((own?.sources.length ?? 0) >= 100)
  t.notOk([...(own?.sources ?? []), ...(own?.references ?? [])].includes(''), 'no empty lines')
})
