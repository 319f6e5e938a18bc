import { readFileSync } from 'node:fs'
import t from 'tap'
import { normalizeForSpeech } from './index.ts'

const languages = ['en', 'es', 'fr', 'hi', 'it', 'pt']

/** Lines of "written<TAB>spoken"; punctuation, case and the gaps between spelled letters do not change what is said. */
function readings(language: string): [written: string, spoken: string][] {
  const table = readFileSync(new URL(`./languages/${language}.tsv`, import.meta.url), 'utf8')
  return table
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [written = '', spoken = ''] = line.split('\t')
      return [written, spoken]
    })
}

function sound(text: string): string {
  return text
    .toLowerCase()
    .replaceAll('’', "'")
    .replace(/[^\p{L}\p{M}\p{N}' ]/gu, ' ')
    .replace(/\s+/gu, ' ')
    .trim()
    .replace(/(?<!\p{L})(?:\p{L} )+\p{L}(?!\p{L})/gu, (letters) => letters.replaceAll(' ', ''))
}

for (const language of languages) {
  t.test(`${language} is written as it is said`, (t) => {
    for (const [written, spoken] of readings(language)) {
      t.equal(sound(normalizeForSpeech(written, language)), sound(spoken), written)
    }
    t.end()
  })

  t.test(`${language} that is words already stays`, (t) => {
    for (const [written] of readings(language)) {
      const spoken = normalizeForSpeech(written, language)
      t.equal(normalizeForSpeech(spoken, language), spoken)
    }
    t.end()
  })
}

t.test('plain text comes back as it is', (t) => {
  for (const [text, language] of [
    ['  Well-known words, e-mail and all that…  ', 'en'],
    ['I do NOT like it. STOP!', 'en'],
    ['Ela não quis; e daí?', 'pt'],
    ["L'été, c'est mieux !", 'fr'],
    ['नमस्ते, आप कैसे हैं?', 'hi'],
    ['Das kostet 5 € um 7:30.', 'de'],
  ] as const) {
    t.equal(normalizeForSpeech(text, language), text)
  }
  t.end()
})

t.test('spelled letters are one word for the phonemizer', (t) => {
  t.equal(normalizeForSpeech('The USB port', 'en'), 'The U.S.B port')
  t.equal(normalizeForSpeech('At 5 p.m. She left.', 'en'), 'At five P.M. She left.')
  t.end()
})

t.test('hostile text is read in reasonable time', (t) => {
  const hostile = ['1', '1,', 'a.', '-1', '1/2 ', 'a-', '1"', '$1 ', '1 234 ', '@a.', 'www.', 'IX ']
  for (const piece of hostile) {
    for (const language of languages) {
      const startedAt = performance.now()
      normalizeForSpeech(piece.repeat(1000), language)
      t.ok(performance.now() - startedAt < 2000, `${piece} in ${language}`)
    }
  }
  t.end()
})
