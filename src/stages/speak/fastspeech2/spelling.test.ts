import { join } from 'node:path'
import { writeFile } from 'node:fs/promises'
import t from 'tap'
import { fixtureVoice } from '../../../../test/fixtures/fastspeech2/voice.ts'
import { createEspeakPhonemizer } from '../espeak-phonemizer.ts'
import { kokoroPhonemes, tokenIds } from '../kokoro-phonemes.ts'
import { arpabetWord } from './arpabet.ts'
import { createSpell } from './spelling.ts'
import { readTokenTable } from './token-table.ts'
import { readVoiceJson } from './voice-json.ts'

const phonemizer = await createEspeakPhonemizer()
const voice = await readVoiceJson(fixtureVoice)
const tableOf = (symbols: readonly string[]): Map<string, number> =>
  new Map(symbols.map((symbol, index) => [symbol, index + 1]))

t.test('voices with the symbols of Kokoro read what Kokoro reads', async (t) => {
  const text = 'Que dia é hoje, tio? Já são dez e meia…'
  const framed = { ...voice, startIds: [0], endIds: [0] }
  const { phonemes, tokens } = createSpell(await readTokenTable(fixtureVoice), framed)(
    text,
    'pt-br',
    phonemizer,
  )
  t.equal(phonemes, kokoroPhonemes(text, 'pt-br', phonemizer))
  t.same(tokens, tokenIds(phonemes))
})

t.test('other tables have plain IPA; what they lack is left out or gives way to a similar mark', (t) => {
  const spell = createSpell(tableOf(['a', 't', 'ʃ', 'i', ',', '.', ' ']), { ...voice, endIds: [9] })
  const { phonemes, tokens } = spell('Tia; tia!', 'pt-br', phonemizer)
  t.equal(phonemes, 'tʃˈiæ; tʃˈiæ!')
  t.same(tokens, [2, 3, 4, 5, 7, 2, 3, 4, 6, 9])
  t.same(spell('?!', 'pt-br', phonemizer), { phonemes: '', tokens: [9] })
  t.end()
})

t.test('ARPAbet', (t) => {
  const words = phonemizer.phonemize('hello station judge bird little water boy thing', 'en-us')
  t.same(
    words.map((word) => arpabetWord(word).join(' ')),
    [
      'HH AH0 L OW1',
      'S T EY1 SH AH0 N',
      'JH AH1 JH',
      'B ER1 D',
      'L IH1 T AH0 L',
      'W AO1 T ER0',
      'B OY1',
      'TH IH1 NG',
    ],
  )
  const spell = createSpell(tableOf(['AH0', 'HH', 'L', 'OW1', ',']), { ...voice, alphabet: 'arpabet' })
  t.same(spell('Hello, hello!', 'en-us', phonemizer).tokens, [2, 1, 3, 4, 5, 2, 1, 3, 4])
  t.end()
})

t.test('a table of another alphabet is refused', (t) => {
  t.throws(() => createSpell(tableOf(['AH0']), voice), {
    code: 'ERR_MODEL_FORMAT',
    message: /tokens.txt has no "a"/,
  })
  t.end()
})

t.test('a space in tokens.txt, with and without its symbol', async (t) => {
  const dir = t.testdir({})
  for (const line of ['  3', ' 3', '3']) {
    await writeFile(join(dir, 'tokens.txt'), `_ 0\n1 1\n${line}\r\n`)
    t.same(
      [...(await readTokenTable(dir))],
      [
        ['_', 0],
        ['1', 1],
        [' ', 3],
      ],
    )
  }
})
