export interface SegmentOptions {
  /** Probability from which a block counts as speech; under `silenceThreshold` it counts as silence. */
  readonly speechThreshold: number
  readonly silenceThreshold: number
  /** Silence after which the answer is prepared, in case it is the end. */
  readonly guessSilenceMs: number
  /** Silence that ends an utterance which sounds and reads finished. */
  readonly earlyEndMs: number
  /** Silence that ends any utterance. */
  readonly endSilenceMs: number
  /** Speech that an utterance must hold; less is taken for a noise. */
  readonly minSpeechMs: number
  /** Audio kept from before the first block of speech, so that soft first sounds are not lost. */
  readonly preRollMs: number
  /** Silence kept after the last block of speech. */
  readonly trailingMs: number
  /** A longer utterance is cut in two at the quietest place of its last `cutSearchMs`. */
  readonly maxUtteranceMs: number
  readonly cutSearchMs: number
  /** Length of the pieces where there is no voice detector (CHUNK_DURATION_MS). */
  readonly chunkMs: number
}

export const defaultSegmentOptions: SegmentOptions = {
  speechThreshold: 0.5,
  silenceThreshold: 0.35,
  guessSilenceMs: 96,
  earlyEndMs: 256,
  endSilenceMs: 700,
  minSpeechMs: 128,
  preRollMs: 300,
  trailingMs: 200,
  maxUtteranceMs: 15_000,
  cutSearchMs: 4_000,
  chunkMs: 3_000,
}
