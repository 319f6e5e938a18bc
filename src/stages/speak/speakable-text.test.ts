import t from 'tap'
import { speakableText } from './speakable-text.ts'

t.test('what nobody would read aloud is left out', (t) => {
  const cases: [written: string, spoken: string][] = [
    ['Great 😀👍🏽! See you 👨‍👩‍👧 🇧🇷 soon ❤️', 'Great ! See you soon'],
    ['<b>Hello</b> *big* `world`<br/>', "Hello big 'world'"],
    ['Read [the page](https://example.org/a) now', 'Read the page now'],
    ['See https://www.example.com/path?x=1#y.', 'See w.w.w dot example dot com.'],
    ['(www.example.org/x, ok?)', '(w.w.w dot example dot org slash x, ok?)'],
    ['Write to ana@example.com', 'Write to ana at example dot com'],
    ['♪ la la ♪', 'la la'],
    ['你好 means hello', 'means hello'],
    ['a\u0000b\u200bc\n\nd', 'a b c d'],
    ['yes - no – maybe--later well-known', 'yes — no — maybe — later well-known'],
    ['wait...', 'wait…'],
    ['don’t', "don't"],
    ['a'.repeat(170), `${'a'.repeat(80)} ${'a'.repeat(80)} ${'a'.repeat(10)}`],
  ]
  for (const [written, spoken] of cases) t.equal(speakableText(written, 'en'), spoken)
  t.end()
})

t.test('numbers and signs are written as they are said, where the language has rules', (t) => {
  t.equal(
    speakableText('It costs $9.99 or 8 €.', 'en'),
    'It costs nine dollars and ninety-nine cents or eight euros.',
  )
  t.equal(
    speakableText('Custa R$ 25,50 às 7h30 👍', 'pt'),
    'Custa vinte e cinco reais e cinquenta centavos às sete horas e trinta minutos',
  )
  t.equal(speakableText('Das kostet 5 € (www.beispiel.de/x)', 'de'), 'Das kostet 5 € (beispiel.de)')
  t.end()
})

t.test('nothing to say gives nothing', (t) => {
  for (const text of ['', ' \n', '🙂', '... !?', '—', '<p></p>', '你好'])
    t.equal(speakableText(text, 'pt'), '')
  t.end()
})

t.test('a language keeps its own script', (t) => {
  t.equal(speakableText('नमस्ते 😀', 'hi'), 'नमस्ते')
  t.end()
})
