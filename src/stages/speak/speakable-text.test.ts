import t from 'tap'
import { speakableText } from './speakable-text.ts'

t.test('what nobody would read aloud is left out', (t) => {
  const cases: [written: string, spoken: string][] = [
    ['Great 😀👍🏽! See you 👨‍👩‍👧 🇧🇷 soon ❤️', 'Great ! See you soon'],
    ['<b>Hello</b> *big* `world`<br/>', "Hello big 'world'"],
    ['Read [the page](https://example.org/a) now', 'Read the page now'],
    ['See https://www.example.com/path?x=1#y.', 'See example.com.'],
    ['(www.example.org/x, ok?)', '(example.org, ok?)'],
    ['Write to ana@example.com', 'Write to ana@example.com'],
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

t.test('amounts and hours are spelled in their order', (t) => {
  t.equal(speakableText('It costs $9.99 or 8 €.', 'en'), 'It costs 9.99 dollars or 8 euros.')
  t.equal(speakableText('Custa R$ 25,50, ou US$ 5.', 'pt'), 'Custa 25,50 reais, ou 5 dólares.')
  t.equal(speakableText('às 7h30 e às 19h', 'pt'), 'às 7 e 30 e às 19 horas')
  t.equal(speakableText('às 8h00', 'pt'), 'às 8 horas')
  t.equal(speakableText('à 8h30', 'fr'), 'à 8 heures 30')
  t.equal(speakableText('1,250 people at 7:30', 'en'), '1,250 people at 7:30')
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
