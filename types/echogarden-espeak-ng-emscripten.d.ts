declare module '@echogarden/espeak-ng-emscripten' {
  /** A string in the instance's memory. */
  export interface StringPointer {
    readonly ptr: number
  }

  export interface ESpeakNGVoice {
    /** Its family and its name, e.g. `gmw/en-US`; `set_voice` takes the name, in any case. */
    readonly identifier: string
    /** What it speaks, e.g. `en-us` and `en`. */
    readonly languages: readonly ESpeakNGLanguage[]
  }

  export interface ESpeakNGLanguage {
    readonly name: string
    /** The lower, the better the voice fits the language. */
    readonly priority: number
  }

  export interface ESpeakNGWorker {
    /** In Hz. */
    readonly samplerate: number
    list_voices(): ESpeakNGVoice[]
    /** @param wordsPerMinute 80 to 450; 175 where it is not set. */
    set_rate(wordsPerMinute: number): void
    /**
     * Calls back with pieces of audio as they are made, the last of them empty; where that returns true, no more is made.
     * Returns when all is done.
     */
    synthesize(text: string, onAudio: (samples: Int16Array) => boolean): void
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
