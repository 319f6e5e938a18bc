/**
 * ARPAbet, the phonemes of CMUdict and g2p_en, on which English voices are often trained: from espeak-ng's American
 * English. Vowels end in their stress: 1 the main one, 2 a lesser one, 0 none.
 */
import type { Word } from '../phonemizer.ts'

const vowels: Readonly<Record<string, string>> = {
  iː: 'IY',
  i: 'IY',
  ɪ: 'IH',
  ᵻ: 'IH',
  eɪ: 'EY',
  ɛ: 'EH',
  æ: 'AE',
  aː: 'AE',
  a: 'AE',
  ɑː: 'AA',
  ɑ: 'AA',
  ɔː: 'AO',
  ɔ: 'AO',
  oː: 'AO',
  oʊ: 'OW',
  ʊ: 'UH',
  uː: 'UW',
  u: 'UW',
  ʌ: 'AH',
  ə: 'AH',
  ɐ: 'AH',
  ɜː: 'ER',
  ɚ: 'ER',
  aɪ: 'AY',
  aʊ: 'AW',
  ɔɪ: 'OY',
}

const consonants: Readonly<Record<string, string>> = {
  p: 'P',
  b: 'B',
  t: 'T',
  ɾ: 'T',
  ʔ: 'T',
  d: 'D',
  k: 'K',
  x: 'K',
  ɡ: 'G',
  tʃ: 'CH',
  dʒ: 'JH',
  f: 'F',
  v: 'V',
  θ: 'TH',
  ð: 'DH',
  s: 'S',
  z: 'Z',
  ʃ: 'SH',
  ʒ: 'ZH',
  h: 'HH',
  m: 'M',
  n: 'N',
  ŋ: 'NG',
  l: 'L',
  ɹ: 'R',
  r: 'R',
  j: 'Y',
  w: 'W',
}

/** A consonant that is a syllable has a vowel before it in ARPAbet. */
const syllabic = '\u0329'
const longestSymbol = 2

/** The word's phonemes; letters that ARPAbet lacks are left out. */
export function arpabetWord(word: Word): string[] {
  return word.flatMap((phoneme) => {
    const stress = phoneme.startsWith('ˈ') ? '1' : phoneme.startsWith('ˌ') ? '2' : '0'
    const letters = phoneme.replace(/[ˈˌ]/gu, '')
    if (letters.endsWith(syllabic)) return [`AH${stress}`, ...spell(letters.slice(0, -1), stress)]
    return spell(letters, stress)
  })
}

/** The stress is that of the first vowel. */
function spell(letters: string, stress: string): string[] {
  const symbols: string[] = []
  let rest = letters
  let nextStress = stress
  while (rest !== '') {
    const found = [...Array(longestSymbol).keys()]
      .map((length) => rest.slice(0, longestSymbol - length))
      .find((candidate) => vowels[candidate] !== undefined || consonants[candidate] !== undefined)
    const vowel = vowels[found ?? '']
    const symbol = vowel === undefined ? consonants[found ?? ''] : `${vowel}${nextStress}`
    if (symbol !== undefined) symbols.push(symbol)
    if (vowel !== undefined) nextStress = '0'
    rest = rest.slice(found?.length ?? 1)
  }
  return symbols
}
