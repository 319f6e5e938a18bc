import t from 'tap'
import { TextPreparation, lowerShouting, replaceUnknown } from './prepare-text.ts'

t.test('capitals are written small, acronyms stay', (t) => {
  t.equal(lowerShouting('THE TRAIN LEAVES AT NINE.', 'en'), 'The train leaves at nine.')
  t.equal(lowerShouting('¿DÓNDE ESTÁ ÉL?', 'es'), '¿Dónde está él?')
  t.equal(lowerShouting('STOP!', 'en'), 'Stop!')
  t.equal(lowerShouting('İYİ GÜNLER', 'tr'), 'İyi günler')
  for (const kept of ['USA', 'I', 'The BBC and the FBI', 'A 5 B', '', '12:30']) {
    t.equal(lowerShouting(kept, 'en'), kept)
  }
  t.end()
})

t.test('unknown characters become known ones or go', (t) => {
  const isKnown = (character: string): boolean => /[ -~éã]/.test(character)
  t.equal(replaceUnknown('I love it 😀👍🏽!', isKnown), 'I love it!')
  t.equal(replaceUnknown('7–2 — “so” «be» it’s…', isKnown), '7-2 - "so" "be" it\'s...')
  t.equal(replaceUnknown('Müller, Łódź, cafe\u0301', isKnown), 'Muller, Lodz, café')
  t.equal(replaceUnknown('李 and €5', isKnown), 'Li and EUR5')
  t.equal(replaceUnknown('🇧🇷 ❤️ 👨‍👩‍👧', isKnown), '')
  t.equal(replaceUnknown('a\u200bb\ud800', isKnown), 'ab')
  t.end()
})

t.test('a sentence is prepared for a vocabulary', (t) => {
  const asked: string[] = []
  const preparation = new TextPreparation((text) => {
    asked.push(text)
    return /^[ -~]*$/.test(text)
  })
  t.equal(preparation.prepare('PLEASE CALL ME', 'en'), 'Please call me')
  t.same(asked, ['Please call me'], 'characters are not asked for where all are known')
  t.equal(preparation.prepare('so… so… 😀', 'en'), 'so... so...')
  const questions = asked.length
  t.equal(preparation.prepare('so…', 'en'), 'so...')
  t.equal(asked.length, questions + 1, 'known characters are remembered')
  t.end()
})
