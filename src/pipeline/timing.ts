/**
 * When the steps of one passage of speech happened, for the `latency` event and the metrics. The object travels with
 * the passage's items; each stage fills in its own part.
 */
export interface SegmentTiming {
  readonly segment: number
  /** `performance.now()` when the last sample of speech (not of the silence after it) reached the process. */
  speechEndedAt: number
  /** When it was decided that the passage is complete. */
  endpointAt: number
  /**
   * Time that was spent waiting for the recogniser, the translator and, up to its first audio, the synthesiser to do
   * their work. What they did before the end was decided costs nobody time.
   */
  asrMs: number
  mtMs: number
  ttsMs: number
  /** When the first audio left, undefined until it has. */
  firstAudioAt: number | undefined
}

export interface LatencyReport {
  readonly segment: number
  /** From the end of speech to the decision that it had ended. */
  readonly endpointMs: number
  readonly asrMs: number
  readonly mtMs: number
  readonly ttsMs: number
  /** What is left: waiting for an engine, for the socket, for earlier segments. */
  readonly queueMs: number
  /** From the end of speech to the first audio out: the sum of the others. */
  readonly firstAudioMs: number
}

export function createTiming(segment: number, speechEndedAt: number, endpointAt: number): SegmentTiming {
  return { segment, speechEndedAt, endpointAt, asrMs: 0, mtMs: 0, ttsMs: 0, firstAudioAt: undefined }
}

/** The part of an engine's work that somebody waited for who began to wait at `since`. */
export function waitedFor(modelMs: number, since: number): number {
  return Math.min(modelMs, performance.now() - since)
}

/** @param firstAudioAt `performance.now()` when the first audio of the segment was handed to the socket. */
export function reportLatency(timing: SegmentTiming, firstAudioAt: number): LatencyReport {
  const endpointMs = Math.max(0, timing.endpointAt - timing.speechEndedAt)
  const firstAudioMs = firstAudioAt - timing.speechEndedAt
  const worked = endpointMs + timing.asrMs + timing.mtMs + timing.ttsMs
  return {
    segment: timing.segment,
    endpointMs,
    asrMs: timing.asrMs,
    mtMs: timing.mtMs,
    ttsMs: timing.ttsMs,
    queueMs: Math.max(0, firstAudioMs - worked),
    firstAudioMs,
  }
}
