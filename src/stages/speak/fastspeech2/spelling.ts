/** From phonemes to the ids of a voice's own symbols. */
import { VoxbridgeError } from '../../../errors.ts'
import { kokoroPhonemes } from '../kokoro-phonemes.ts'
import type { Spell } from '../phoneme-engine.ts'
import type { Phonemizer } from '../phonemizer.ts'
import { punctuatedPhonemes } from '../punctuated-phonemes.ts'
import { arpabetWord } from './arpabet.ts'
import type { TokenTable } from './token-table.ts'
import type { Alphabet, VoiceJson } from './voice-json.ts'

/** What stands in for a mark that a voice was not taught. */
const similarMarks: Readonly<Record<string, string>> = {
  '…': '.',
  '!': '.',
  '?': '.',
  ';': ',',
  ':': ',',
  '—': ',',
}

interface Writing {
  readonly write: (text: string, espeakVoice: string, phonemizer: Phonemizer) => string
  /** Finds the symbols in them. */
  readonly symbol: RegExp
}

const ipa: Writing = {
  write: (text, voice, phonemizer) =>
    punctuatedPhonemes(text, voice, phonemizer, (word) => word.join('').replaceAll('-', '')),
  symbol: /./gsu,
}

/** Our own voices, and those distilled from Kokoro, have its letters for diphthongs and affricates. */
const kokoro: Writing = { write: kokoroPhonemes, symbol: /./gsu }

const arpabet: Writing = {
  write: (text, voice, phonemizer) =>
    punctuatedPhonemes(text, voice, phonemizer, (word) => arpabetWord(word).join(' ')),
  symbol: /[A-Z]+[012]?|\S/gu,
}

/** A symbol without which a table is not of that alphabet. */
const signs: Readonly<Record<Alphabet, string>> = { ipa: 'a', arpabet: 'AH0' }

/**
 * Symbols that the table lacks, stress marks for one, are left out; a mark of punctuation gives way to a similar one.
 * @throws VoxbridgeError ERR_MODEL_FORMAT where the table is of another alphabet.
 */
export function createSpell(table: TokenTable, voice: VoiceJson): Spell {
  const sign = signs[voice.alphabet]
  if (!table.has(sign)) {
    throw new VoxbridgeError('ERR_MODEL_FORMAT', `tokens.txt has no "${sign}", which its phonemizer makes`)
  }
  const { write, symbol } = writingOf(table, voice.alphabet)
  const idOf = (symbol: string): number | undefined =>
    table.get(symbol) ?? table.get(similarMarks[symbol] ?? '')
  return (text, espeakVoice, phonemizer) => {
    const phonemes = write(text, espeakVoice, phonemizer)
    const ids = (phonemes.match(symbol) ?? []).flatMap((symbol) => idOf(symbol) ?? [])
    return {
      phonemes: ids.length === 0 ? '' : phonemes,
      tokens: [...voice.startIds, ...ids, ...voice.endIds],
    }
  }
}

function writingOf(table: TokenTable, alphabet: Alphabet): Writing {
  if (alphabet === 'arpabet') return arpabet
  return table.has('ʤ') && table.has('I') ? kokoro : ipa
}
