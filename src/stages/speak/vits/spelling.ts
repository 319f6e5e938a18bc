/** Texts as Piper's voices read them: the symbols of espeak-ng one by one, with the punctuation between them. */
import type { Spelling } from '../phoneme-engine.ts'
import type { Phonemizer } from '../phonemizer.ts'
import { punctuatedPhonemes } from '../punctuated-phonemes.ts'
import { type SymbolIds, beginning, ending, padding } from './description.ts'

/** Marks that Piper's voices do not have, by those that make the same pause. */
const knownMarks: Readonly<Record<string, string>> = { '…': '.', '—': ',' }

/** @param ids of the voice's symbols. Symbols that it does not have are left out. */
export function spellForPiper(
  text: string,
  espeakVoice: string,
  phonemizer: Phonemizer,
  ids: SymbolIds,
): Spelling {
  const phonemes = punctuatedPhonemes(text, espeakVoice, phonemizer, (word) => word.join(''))
  const symbols = Array.from(phonemes.normalize('NFD'), (symbol) => knownMarks[symbol] ?? symbol)
  const pad = ids[padding] ?? []
  const tokens = symbols.flatMap((symbol) => (ids[symbol] ? [...ids[symbol], ...pad] : []))
  return { phonemes, tokens: [...(ids[beginning] ?? []), ...pad, ...tokens, ...(ids[ending] ?? [])] }
}
