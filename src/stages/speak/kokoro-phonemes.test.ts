import { readFile } from 'node:fs/promises'
import t from 'tap'
import { createEspeakPhonemizer } from './espeak-phonemizer.ts'
import { kokoroPhonemes, tokenIds, vocabulary } from './kokoro-phonemes.ts'
import { speakableText } from './speakable-text.ts'

const sentences = JSON.parse(
  await readFile(new URL('../../../test/fixtures/conversation-sentences.json', import.meta.url), 'utf8'),
) as Record<string, string[]>
const phonemizer = await createEspeakPhonemizer()

t.test('the alphabet', (t) => {
  t.equal(vocabulary.size, 114)
  t.equal(new Set(vocabulary.values()).size, 114)
  t.same(
    Array.from(';… ɑ\u0303ˈᵻ', (symbol) => vocabulary.get(symbol)),
    [1, 10, 16, 69, 17, 156, 177],
  )
  t.end()
})

for (const [language, voice] of [
  ['en', 'en-us'],
  ['pt', 'pt-br'],
] as const) {
  t.test(`${language}: every phoneme of a conversation is in the alphabet`, (t) => {
    t.equal(sentences[language]?.length, 40)
    for (const sentence of sentences[language] ?? []) {
      const phonemes = kokoroPhonemes(speakableText(sentence, language), voice, phonemizer)
      const unknown = Array.from(phonemes).filter((symbol) => !vocabulary.has(symbol))
      t.same(unknown, [], sentence)
      const letters = /\p{L}/gu
      t.ok((phonemes.match(letters)?.length ?? 0) > (sentence.match(letters)?.length ?? 0) / 2, phonemes)
    }
    t.end()
  })
}

t.test('American words get the letters that the voices were trained on', (t) => {
  const spell = (text: string): string => kokoroPhonemes(text, 'en-us', phonemizer)
  t.equal(spell('Hello there, how are you?'), 'həlˈO ðˈɛɹ, hˈW ɑɹ ju?')
  t.equal(spell('The boy had better fly high.'), 'ðə bˈY hæd bˈɛTəɹ flˈI hˈI.')
  t.equal(spell('button'), 'bˈʌtᵊn')
  t.end()
})

t.test('other languages keep long vowels and rolled sounds', (t) => {
  t.equal(kokoroPhonemes('Olá, tudo bem?', 'pt-br', phonemizer), 'olˈa, tˈudʊ bˈAŋ?')
  t.equal(kokoroPhonemes('¿Qué tal?', 'es', phonemizer), '¿kˈe tˈal?')
  t.end()
})

t.test('punctuation stays between words, not inside numbers', (t) => {
  const phonemes = kokoroPhonemes('At 7:30, it costs 3.5 — or 1,250; "maybe".', 'en-us', phonemizer)
  t.equal(phonemes.replace(/[^;:,.!?—"]/gu, ''), ',—;"".')
  t.match(phonemes, /pYnt/)
  t.end()
})

t.test('nothing to pronounce gives nothing', (t) => {
  for (const text of ['', '  ', '...', '—', '?!', '\0'])
    t.equal(kokoroPhonemes(text, 'en-us', phonemizer), '')
  t.same(tokenIds(''), [0, 0])
  t.same(tokenIds('¿a'), [0, 43, 0], 'symbols that the models do not have are left out')
  t.end()
})
