import t from 'tap'
import { splitLongSentence } from './long-sentence.ts'

/** Half of a character that takes two UTF-16 units. */
const loneSurrogate = /\p{Surrogate}/u
const count = (text: string): number => text.trim().split(/\s+/).length

t.test('a short sentence stays whole', (t) => {
  t.same(splitLongSentence('one, two and three', count, 4), ['one, two and three'])
  t.end()
})

t.test('the best kind of cut near the middle is taken', (t) => {
  const cuts = (sentence: string): readonly string[] =>
    splitLongSentence(sentence, count, 6).map((part) => part.trim())
  t.same(cuts('a b c, d e; f g, h i'), ['a b c, d e;', 'f g, h i'])
  t.same(cuts('a b c d, e and f g h'), ['a b c d,', 'e and f g h'])
  t.same(cuts('a b c d and e f g h'), ['a b c d', 'and e f g h'])
  t.same(cuts('x, b c d e f g h'), ['x, b c d', 'e f g h'])
  t.end()
})

t.test('nothing is lost, and every part is short enough', (t) => {
  const texts = [
    Array.from({ length: 500 }, (_, index) => (index % 7 === 0 ? 'and' : `word${index},`)).join(' '),
    Array.from({ length: 500 }, (_, index) => `w${index}`).join(' '),
    '一二三四五六七八九十'.repeat(50),
    'e\u0301😀'.repeat(100),
    'a'.repeat(1000),
  ]
  const length = (text: string): number => Array.from(text).length
  for (const text of texts) {
    const parts = splitLongSentence(text, length, 40)
    t.equal(parts.join(''), text)
    t.ok(parts.every((part) => length(part) <= 40 && !loneSurrogate.test(part)))
  }
  t.same(
    splitLongSentence('a', () => 9, 4),
    ['a'],
    'what cannot be cut ends the search',
  )
  t.end()
})
