declare module '@echogarden/espeak-ng-emscripten' {
  /** A string in the instance's memory. */
  export interface StringPointer {
    readonly ptr: number
  }

  export interface ESpeakNGWorker {
    /** @returns 0, or an espeak-ng error code where there is no such voice. */
    set_voice(name: string): number
    /**
     * Phonemes of a text: `_` between phonemes, a space between words, ` | ` between clauses. The caller frees the
     * string.
     * @param useIpa 1 for IPA, 0 for espeak-ng's own names.
     */
    text_to_phonemes(text: string, useIpa: 0 | 1): StringPointer
  }

  export interface ESpeakNGModule {
    readonly eSpeakNGWorker: new () => ESpeakNGWorker
    /** Replaced when the memory grows: read it anew each time. */
    readonly HEAPU8: Uint8Array
    _free(pointer: number): void
  }

  function createESpeakNG(): Promise<ESpeakNGModule>
  export { createESpeakNG as default }
}
