import t from 'tap'
import { splitClauses } from './clauses.ts'

t.test('the first clause ends at the first natural place', (t) => {
  t.same(splitClauses('If you come early, we can have breakfast together before the meeting starts.', 'en'), [
    'If you come early,',
    'we can have breakfast together before the meeting starts.',
  ])
  t.same(
    splitClauses('Eu gostaria de marcar uma consulta para amanhã porque minha filha está doente.', 'pt'),
    ['Eu gostaria de marcar uma consulta para amanhã', 'porque minha filha está doente.'],
  )
  t.same(
    splitClauses('Quisiera reservar una mesa para cuatro pero todavía no sabemos la hora exacta.', 'es'),
    ['Quisiera reservar una mesa para cuatro', 'pero todavía no sabemos la hora exacta.'],
  )
  t.same(
    splitClauses('Je voudrais réserver une table pour quatre mais nous ne savons pas encore quand.', 'fr'),
    ['Je voudrais réserver une table pour quatre', 'mais nous ne savons pas encore quand.'],
  )
  t.end()
})

t.test('short sentences and single words stay whole', (t) => {
  for (const text of ['Yes, please.', 'I see you and me.', 'Well, that was not what I meant at all']) {
    t.same(splitClauses(text, 'en'), [text])
  }
  t.end()
})

t.test('a later clause is as long as it may be', (t) => {
  const clauses = splitClauses(
    'Good morning. We met at the station, took the early train, walked along the river, and then, after lunch, drove home.',
    'en',
  )
  t.same(clauses, [
    'Good morning.',
    'We met at the station, took the early train, walked along the river,',
    'and then, after lunch, drove home.',
  ])
  t.end()
})

t.test('a full stop that ends no sentence is no cut', (t) => {
  t.same(splitClauses('Dr. Smith paid 3.5 dollars at 7.30 p.m. today.', 'en').length, 1)
  t.same(splitClauses('O Sr. J. Silva pagou 1.250 reais.', 'pt').length, 1)
  t.end()
})

t.test('nothing is lost and nothing is empty', (t) => {
  const texts = [
    '',
    '   ',
    '… , ; : —',
    '(a, b) — and "c, d", but; or: if?! Who. why',
    'word '.repeat(300),
    'um, dois, três, quatro, cinco e seis e sete e oito e nove e dez que onze mas doze. Treze! Catorze?',
  ]
  for (const text of texts) {
    for (const language of ['en', 'pt', 'es', 'fr', 'xx']) {
      const clauses = splitClauses(text, language)
      t.equal(clauses.join(' '), text.trim().replace(/\s+/g, ' '))
      t.notOk(clauses.includes(''))
    }
  }
  t.end()
})

t.test('the full stop of an abbreviation ends no sentence', (t) => {
  t.same(splitClauses('See you on Feb. 14th in no. 7.', 'en'), ['See you on Feb. 14th in no. 7.'])
  t.same(splitClauses('Moro na Av. Paulista com ela.', 'pt'), ['Moro na Av. Paulista com ela.'])
  t.same(splitClauses('He came in Dec. She left.', 'de'), ['He came in Dec.', 'She left.'])
  t.end()
})
