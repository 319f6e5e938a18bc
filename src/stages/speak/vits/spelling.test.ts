import t from 'tap'
import { createEspeakPhonemizer } from '../espeak-phonemizer.ts'
import type { SymbolIds } from './description.ts'
import { spellForPiper } from './spelling.ts'

const phonemizer = await createEspeakPhonemizer()
const symbols = ['_', '^', '$', ' ', '.', ',', 'n', 'ˈ', 'o', 'ʊ', 'ɐ', '\u0303']
const ids: SymbolIds = Object.fromEntries(symbols.map((symbol, id) => [symbol, [id]]))

t.test('every symbol has a padding behind it, and an end and a beginning stand around all', (t) => {
  t.same(spellForPiper('No.', 'en-us', phonemizer, ids), {
    phonemes: 'nˈoʊ.',
    tokens: [1, 0, 6, 0, 7, 0, 8, 0, 9, 0, 4, 0, 2],
  })
  t.end()
})

t.test('letters with a mark are two symbols', (t) => {
  const { phonemes, tokens } = spellForPiper('não', 'pt-br', phonemizer, ids)
  t.equal(phonemes, 'nˈɐ̃ʊ̃')
  t.same(tokens, [1, 0, 6, 0, 7, 0, 10, 0, 11, 0, 9, 0, 11, 0, 2])
  t.end()
})

t.test('marks that Piper does not have become others or are left out', (t) => {
  const spell = (text: string): string => {
    const { tokens } = spellForPiper(text, 'en-us', phonemizer, ids)
    return tokens
      .slice(1, -1)
      .map((id) => (id === 0 ? '' : symbols[id]!))
      .join('')
  }
  t.equal(spell('No — no…'), 'nˈoʊ , nˈoʊ.')
  t.equal(spell('“No”'), 'nˈoʊ')
  t.equal(spellForPiper('…', 'en-us', phonemizer, ids).phonemes, '')
  t.end()
})
