import t from 'tap'
import { Vocabulary, packVocabulary } from './vocabulary.ts'

t.test('tokens of bytes become text', (t) => {
  // "Ġ" stands for a space; the four bytes of the face are spread over two tokens.
  const vocabulary = new Vocabulary(packVocabulary(['ĠOl', 'Ã¡', 'ðŁĺ', 'Ģ', '', '!']))
  t.equal(vocabulary.decode([0, 1, 5]), ' Olá!')
  t.equal(vocabulary.decode([2, 3]), '😀')
  t.equal(vocabulary.decode([0, 4, 99]), ' Ol', 'an empty token and an unknown one add nothing')
  t.end()
})

t.test('tokens in another spelling are refused', (t) => {
  t.throws(() => packVocabulary(['a', '▁b']), { code: 'ERR_MODEL_FORMAT', message: /token 1/ })
  t.throws(() => packVocabulary(['a'.repeat(256)]), /more than 255 bytes/)
  t.end()
})
