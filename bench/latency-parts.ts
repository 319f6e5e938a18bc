/**
 * Splits the time from the end of speech to the first sound at the client. Two clocks meet here:
 *
 * - the client knows the annotated end of the speech and when the first sound came;
 * - the server's `latency` message counts from the end of speech that *its detector* found (`speech_end.endMs`, a
 *   position in the audio of the channel), from when that sample reached it, until the first audio left.
 *
 * Both name the same samples of the channel, so the detector's end can be laid on the client's clock. What is left over
 * is the way: the network in both directions and timers that fired late.
 */
import type { MessageOf } from '../src/cli/server-messages.ts'
import { frameMs } from '../src/cli/microphone.ts'
import type { Answer } from './answers.ts'

/** In milliseconds. Their sum is the first sound, but for the rounding of the server's own. */
export const partNames = [
  'detector',
  'microphone',
  'endpoint',
  'queue',
  'asr',
  'mt',
  'tts',
  'socket',
  'lead silence',
] as const
export type LatencyParts = Readonly<Record<(typeof partNames)[number], number>>

export interface Measured {
  readonly answer: Answer
  readonly report: MessageOf<'latency'>
  /** End of speech in the channel's audio, by the server's detector. */
  readonly detectedMs: number
  /** The same by the annotation. */
  readonly annotatedMs: number
}

/**
 * `detector` is negative where the detector takes the end for earlier than the annotation; `microphone` is how long
 * the detected end waits for its frame to be full.
 */
export function splitLatency({ answer, report, detectedMs, annotatedMs }: Measured): LatencyParts {
  const detector = detectedMs - annotatedMs
  const microphone = Math.ceil(detectedMs / frameMs) * frameMs - detectedMs
  const known = detector + microphone + report.firstAudioMs + answer.leadSilenceMs
  return {
    detector,
    microphone,
    endpoint: report.endpointMs,
    queue: report.queueMs,
    asr: report.asrMs,
    mt: report.mtMs,
    tts: report.ttsMs,
    socket: answer.firstSoundMs - known,
    'lead silence': answer.leadSilenceMs,
  }
}
