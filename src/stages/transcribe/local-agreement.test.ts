import t from 'tap'
import { LocalAgreement, textOf, withoutLastMarks } from './local-agreement.ts'
import type { HeardWord } from './recognizer.ts'

/** Words and marks of a text, each with one token of its own. */
function words(text: string): HeardWord[] {
  return [...text.matchAll(/\s*[\p{L}\p{N}]+|\s*[^\s\p{L}\p{N}]/gu)].map(([part], index) => ({
    text: part,
    tokens: [1000 * index + part.length],
  }))
}

function settledBy(...hypotheses: readonly string[]): string {
  const agreement = new LocalAgreement()
  for (const hypothesis of hypotheses) agreement.update(words(hypothesis))
  return textOf(agreement.settled)
}

void t.test('a word is settled where two hypotheses agree on it and on two words after it', async (t) => {
  t.equal(settledBy('And so my fellow'), '')
  t.equal(settledBy('And so my fellow', 'And so my fellow Americans'), 'And so')
  t.equal(settledBy('And so my fell', 'And so my fellow Americans'), 'And')
  t.equal(settledBy('And so', 'And so'), '')
  t.equal(settledBy('And so', 'Ask what'), '')
})

void t.test('a mark is settled only where agreed words follow it', async (t) => {
  t.equal(settledBy('Now I see.', 'Now I see.'), 'Now')
  t.equal(settledBy('I see. And then', 'I see. And then we'), 'I see.')
  t.equal(settledBy('Now I see. And then', 'Now I see, and then we'), 'Now')
})

void t.test('what is settled stays, whatever is heard later', async (t) => {
  const agreement = new LocalAgreement()
  agreement.update(words('one two three'))
  agreement.update(words('one two three four'))
  agreement.update(words('one too free for all'))
  t.equal(textOf(agreement.settled), 'one')
  t.equal(textOf(agreement.open), 'too free for all')
  t.same(
    [...agreement.prefix, ...agreement.draft],
    words('one too free for all').flatMap(({ tokens }) => tokens),
  )
  agreement.update([])
  t.equal(textOf(agreement.settled), 'one')
  t.same(agreement.draft, [])
})

void t.test('a settled word that grew is passed over as a whole', async (t) => {
  const agreement = new LocalAgreement()
  agreement.update(words('ask what you can'))
  agreement.update(words('ask what you can do'))
  const [ask = { text: '', tokens: [] }, what = ask, ...rest] = words('ask whatever you can do')
  agreement.update([ask, { text: what.text, tokens: [...words('ask what')[1]!.tokens, 7] }, ...rest])
  t.equal(textOf(agreement.settled), 'ask what you')
})

void t.test('marks at the end are left out of what is shown', async (t) => {
  t.equal(textOf(withoutLastMarks(words('I see...'))), 'I see')
  t.equal(textOf(withoutLastMarks(words('?'))), '')
})
