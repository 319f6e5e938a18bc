import t from 'tap'
import { countHearingErrors } from './hearing-errors.ts'

t.test('case, marks and capitals do not count', (t) => {
  const { words, characters } = countHearingErrors('O senhor vem amanhã?', 'o senhor, vem amanhã', 'pt')
  t.same(words, { errors: 0, of: 4 })
  t.same(characters, { errors: 0, of: 19 })
  t.end()
})

t.test('what was heard otherwise does', (t) => {
  const { words, characters } = countHearingErrors('Ela comprou um gato.', 'Ela comprou um pato.', 'pt')
  t.same(words, { errors: 1, of: 4 })
  t.same(characters, { errors: 1, of: 19 })
  t.end()
})

t.test('numbers may be written in figures or in words, on either side', (t) => {
  for (const [text, heard] of [
    ['A reunião é às 10h30.', 'A reunião é às dez horas e trinta minutos.'],
    ['Comprei por cento e quarenta reais.', 'Comprei por R$ 140,00.'],
    ['O Sr. Tavares pagou R$ 7,80.', 'O senhor Tavares pagou R$ 7,80.'],
  ] as const) {
    t.match(countHearingErrors(text, heard, 'pt').words, { errors: 0 }, heard)
  }
  t.end()
})

t.test('silence hears nothing', (t) => {
  t.same(countHearingErrors('Nem um som.', '', 'pt').words, { errors: 3, of: 3 })
  t.end()
})

t.test('Hindi is compared by its consonants, in whichever script it was written', (t) => {
  const text = 'माली ने पौधों को पानी दिया।'
  for (const heard of [text, 'مالی نے پودھوں کو پانی دیا']) {
    t.same(
      countHearingErrors(text, heard, 'hi'),
      { characters: { errors: 0, of: 10 }, words: undefined },
      heard,
    )
  }
  const { characters } = countHearingErrors(text, 'वकील ने पूरा अनुबंध पढ़ा', 'hi')
  t.ok(characters.errors > characters.of / 2, 'another sentence is far off')
  t.end()
})
