/** A word as its phonemes in IPA, each with the stress mark that stands before it. */
export type Word = readonly string[]

/** Tells how words are pronounced, whichever program knows it. */
export interface Phonemizer {
  /**
   * Numbers, abbreviations and symbols become the words they are read as; punctuation is dropped.
   * @param voice names a language or dialect the way espeak-ng does, e.g. `en-us`, `pt-br`.
   * @throws VoxbridgeError ERR_LANGUAGE where it does not know the voice.
   */
  phonemize(text: string, voice: string): Word[]
}
