import t from 'tap'
import {
  type Caption,
  countErasedWords,
  countPromisedWords,
  estimateWordEndsMs,
  findBrokenPromises,
  findCommonWords,
  findShownAt,
} from './caption-stability.ts'

/** One caption every 100 ms, the last one final; `|` marks the end of what is promised. */
function captions(...texts: string[]): Caption[] {
  return texts.map((marked, index) => ({
    at: index * 100,
    text: marked.replace('|', ''),
    stable: Math.max(0, marked.indexOf('|')),
    final: index === texts.length - 1,
  }))
}

t.test('erasure counts the words that are taken back', async (t) => {
  t.equal(countErasedWords(captions('a', 'a b', 'a b c')), 0)
  t.equal(countErasedWords(captions('a b c', 'a x c d')), 2)
  t.equal(countErasedWords(captions('a b c', 'a b')), 1)
  t.equal(countErasedWords(captions('a b', 'a b.')), 1)
  t.equal(countErasedWords(captions('a b', 'x', 'x y')), 2)
  t.equal(countErasedWords([]), 0)
})

t.test('a promise is broken by the next caption that begins otherwise', async (t) => {
  t.same(findBrokenPromises(captions('we g|o', 'we gone| now', 'we gone now.')), [])
  t.same(findBrokenPromises(captions('we go| on', 'he goes on')), [
    { promised: 'we go', shown: 'he goes on' },
  ])
  t.equal(countPromisedWords(captions('we go| on', 'we go on| now', 'we go on now.')), 3)
  t.equal(countPromisedWords(captions('we go on now.')), 0)
})

t.test('a word is shown once it stays', async (t) => {
  t.same(findShownAt(captions('the', 'the cat', 'a cat sat', 'The cat sat.')), [300, 100, 200])
  t.same(findShownAt(captions('one two')), [0, 0])
})

t.test('words are said one after the other', async (t) => {
  t.same(estimateWordEndsMs(['a', 'abc', 'a'], 800), [200, 600, 800])
})

t.test('words in common keep their order', async (t) => {
  const words = 'the cat sat on a mat'.split(' ')
  t.same(findCommonWords(words, 'the dog sat on the mat'.split(' ')), [true, false, true, true, false, true])
  t.same(findCommonWords(words, []), Array(6).fill(false))
})
