import t from 'tap'
import { Vocabulary, packVocabulary } from './vocabulary.ts'
import { toWords } from './words.ts'

const firstTimestamp = 100

/** @param text tokens as the vocabulary spells them ("Ġ" is a space), a number for seconds */
function group(...text: (string | number)[]): { text: string; tokens: number[]; startMs?: number }[] {
  const spelled = text.map((token) => (typeof token === 'string' ? token : ''))
  const tokens = text.map((token, id) => (typeof token === 'number' ? firstTimestamp + token * 50 : id))
  return toWords(tokens, new Vocabulary(packVocabulary(spelled)), firstTimestamp).map((word) => ({
    ...word,
    tokens: [...word.tokens],
  }))
}

function texts(...text: (string | number)[]): string[] {
  return group(...text).map((word) => word.text)
}

t.test('a space begins a word, a mark is one', (t) => {
  t.same(group('ĠMaro', 'och', 'ydore', ',', 'Ġyes', '!'), [
    { text: ' Maroochydore', tokens: [0, 1, 2] },
    { text: ',', tokens: [3] },
    { text: ' yes', tokens: [4] },
    { text: '!', tokens: [5] },
  ])
  t.same(texts('ĠÂ¿', 'Qu', 'Ã©', '?', 'ĠÂ«', 'ĠOui', 'ĠÂ»', '.'), [
    ' ¿',
    'Qué',
    '?',
    ' «',
    ' Oui',
    ' »',
    '.',
  ])
  t.same(group(), [])
  t.end()
})

t.test('marks inside of a word are part of it', (t) => {
  t.same(texts('Ġl', "'", 'eau', ',', 'Ġ3', '.', '5', '.'), [" l'eau", ',', ' 3.5', '.'])
  t.same(texts('ĠDon', "'t", 'Ġe', '-', 'mail', '-'), [" Don't", ' e-mail', '-'])
  t.same(texts('Ġl', "'", 1, 'eau'), [' l', "'", ' eau'], 'but not across segments')
  t.end()
})

t.test('timestamps go with the word that follows', (t) => {
  t.same(group('ĠYes', '.', 1, 1.5, 'ĠNo', '.', 2), [
    { text: ' Yes', tokens: [0] },
    { text: '.', tokens: [1] },
    { text: ' No', tokens: [150, 175, 4], startMs: 1500 },
    { text: '.', tokens: [5] },
  ])
  t.same(
    texts('Yes', 1, 1, 'No', 'Ġ', 2, 2, 'Ġ', 'ĠOh', 'Ġ'),
    [' Yes', ' No', ' Oh'],
    'one space between segments',
  )
  t.end()
})

t.test('pieces of a character stay together', (t) => {
  t.same(group('ĠOl', 'Ã', '¡', 'ðŁĺ', 'Ģ'), [
    { text: ' Olá', tokens: [0, 1, 2] },
    { text: '😀', tokens: [3, 4] },
  ])
  t.same(texts('ĠOl', 'Ã', 1, 'Ġa'), [' Ol', '\ufffd', ' a'], 'even half a character')
  t.end()
})

t.test('scripts without spaces have a word for each token', (t) => {
  const spell = (text: string): string[] => Array.from(Buffer.from(text), (byte) => spelling(byte))
  t.same(texts(spell('你').join(''), ...spell('好'), spell('。').join(''), spell('再见').join('')), [
    ' 你',
    '好',
    '。',
    '再见',
  ])
  t.same(texts(spell('用').join(''), 'Go', 'ogle'), [' 用', 'Google'])
  t.same(
    texts(spell('ท').join(''), spell('ี').join(''), spell('น').join('')),
    [' ที', 'น'],
    'marks go with letters',
  )
  t.end()
})

/** The bytes of these texts are spelled from U+0100 on where they are no printable characters of Latin-1. */
function spelling(byte: number): string {
  const printable = (value: number): boolean => (value >= 0xa1 && value <= 0xac) || value >= 0xae
  if (printable(byte)) return String.fromCharCode(byte)
  const controls = 33
  return String.fromCharCode(byte === 0xad ? 0x143 : 0x100 + controls + byte - 0x7f)
}
