import t from 'tap'
import {
  languageOfToken,
  languageTokens,
  sourceLanguages,
  sourceToken,
  targetLanguages,
  targetToken,
} from './languages.ts'

const tokens = languageTokens('m2m100', 128004) ?? {}

t.test('the ids of the published model', (t) => {
  t.equal(Object.keys(tokens).length, 100)
  t.match(tokens, { af: 128004, en: 128022, fr: 128028, pt: 128075, zh: 128102, zu: 128103 })
  t.match(languageTokens('wmt21', 10), { en: 10, de: 17 })
  t.equal(languageTokens('constructor', 0), undefined)
  t.end()
})

t.test('codes of tokens', (t) => {
  t.equal(languageOfToken('__pt__'), 'pt')
  t.equal(languageOfToken('__ns__'), 'nso')
  t.equal(languageOfToken('<s>'), undefined)
  t.end()
})

t.test('other names of the same languages', (t) => {
  t.equal(sourceToken(tokens, 'nb'), tokens['no'])
  t.equal(sourceToken(tokens, 'nn'), tokens['no'])
  t.equal(targetToken(tokens, 'nn'), undefined, 'Nynorsk is not what it writes')
  t.equal(targetToken(tokens, 'ns'), tokens['nso'])
  t.equal(targetToken(tokens, 'fil'), tokens['tl'])
  for (const language of ['yue', 'haw', '', 'constructor'])
    t.equal(sourceToken(tokens, language), undefined, language)
  t.equal(sourceLanguages(tokens).length, 104)
  t.equal(targetLanguages(tokens).length, 103)
  t.same(targetLanguages({ en: 1, de: 2 }), ['en', 'de'])
  t.end()
})
