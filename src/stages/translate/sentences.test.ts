import t from 'tap'
import { splitSentences } from './sentences.ts'

/** `|` marks the cuts that are expected. */
const cases: Record<string, readonly string[]> = {
  en: [
    'Mr. Smith went to Washington.|He arrived at noon.|It was raining.',
    'I saw Dr. J. R. Brown, e.g. at 5 p.m. today.|Ok?',
    'John F. Kennedy was born in 1917.|He was president.',
    'The U.S. Army is big.|He lives in the U.S.|He left.',
    'It was I.|He knew.',
    'Use vitamin C.|It helps.',
    'He bought apples, pears, etc.|Then he left.',
    'See No. 5 on the list.|Then go.',
    'Did you go?|No.|I stayed.',
    'The price is $1,250.99 for 3.5 kg.|That is a lot!',
    'Visit www.example.com/a?b=c for more.|Thanks.',
    'He said: "Stop!" and left.|"Why?" she asked.',
    'Wait... what?|No.',
    'Really?!|Yes. 😀',
    '1. Buy milk.|2. Buy bread.',
    'hello.|how are you?|i am fine at 3.5 p.m. e.g. today.|thanks',
  ],
  pt: [
    'O Sr. Silva e a Sra. Costa chegaram.|Eles estão aqui.',
    'Traga frutas, p.ex. Maçãs.|Obrigado.',
    'O Dr. António mora na Av. da Liberdade, nº 5.|É longe?|Não.',
    'Custa R$ 1.250,99.|É caro.',
    'A Profa. Ana chegou.|E a D. Maria também.',
    'Às 15h30.|Não se atrase!',
    'olá.|como vai?|tudo bem.',
  ],
  es: [
    '¿Cómo estás?|¡Bien!|Gracias.',
    'El Sr. García y la Sra. López llegaron.|Están aquí.',
    'Ud. tiene razón.|Yo no.',
    'La Dra. Ruiz vive en la Av. Central núm. 5.|¿Está lejos?',
    'Los EE. UU. son grandes.|Lo sé.',
  ],
  // A language without a list of abbreviations.
  sv: ['Hej.|Hur mår du?'],
}
for (const [language, texts] of Object.entries(cases)) {
  t.test(`sentences in ${language}`, (t) => {
    for (const text of texts) t.same(splitSentences(text.replaceAll('|', ' '), language), text.split('|'))
    t.end()
  })
}

t.test('lines end sentences', (t) => {
  t.same(splitSentences('First line\nsecond line\r\n\nMr.\nThird', 'en'), [
    'First line',
    'second line',
    'Mr.',
    'Third',
  ])
  t.end()
})

t.test('text without words has no sentences', (t) => {
  for (const text of ['', '  \n ', '?!', '😀', '...']) t.same(splitSentences(text, 'en'), [])
  t.end()
})

t.test('nothing but space is lost', (t) => {
  const texts = Object.values(cases).flat()
  const bare = (text: string): string => text.replace(/\s/g, '')
  for (const language of ['en', 'pt', 'es', 'de', 'ja']) {
    const text = texts.join(' ').replaceAll('|', ' ')
    t.equal(bare(splitSentences(text, language).join('')), bare(text))
  }
  t.end()
})
