export interface SegmentOptions {
  /** Probability from which a block counts as speech; under `silenceThreshold` it counts as silence. */
  readonly speechThreshold: number
  readonly silenceThreshold: number
  /** Silence that ends an utterance. */
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
  endSilenceMs: 600,
  minSpeechMs: 128,
  preRollMs: 300,
  trailingMs: 200,
  maxUtteranceMs: 15_000,
  cutSearchMs: 4_000,
  chunkMs: 3_000,
}
