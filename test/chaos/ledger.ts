/** What became of everything that was said on one connection, by what the server told of it. */
import { matchSegments, type Utterance } from '../../bench/answers.ts'
import type { Received } from '../../src/cli/stream-client.ts'

/**
 * `given up`: an overrun told of it. `cut`: the connection ended first, so it is said again. `lost`: nobody said
 * anything about it.
 */
export const fates = ['answered', 'failed', 'given up', 'cut', 'lost'] as const
export type Fate = (typeof fates)[number]

interface SegmentState {
  readonly segment: number
  readonly startMs: number
  /** Whether all that it can lead to has come. */
  settled: boolean
  failed: boolean
}

/** After so long no segment of a clip is still to begin: it is longer than the pause that ends an utterance. */
const settleMs = 1200

export interface Conversed {
  readonly utterances: readonly Utterance[]
  readonly received: readonly Received[]
  /** Whether the connection ended in order, with all that the server had to say. */
  readonly complete: boolean
}

/** One for each utterance, in their order. */
export function fatesOf({ utterances, received, complete }: Conversed): Fate[] {
  const overruns = received.filter(({ message }) => message.type === 'overrun')
  return matchSegments(utterances, readSegments(received)).map((segments, index) => {
    const { endedAt, speechMs } = utterances[index] as Utterance
    if (segments.length > 0 && segments.every(({ settled }) => settled)) {
      return segments.some(({ failed }) => failed) ? 'failed' : 'answered'
    }
    if (!complete) return 'cut'
    return overruns.some(({ at }) => at > endedAt - speechMs) ? 'given up' : 'lost'
  })
}

/** How many are being said, or said and not yet answered, at the moment `at`. */
export function countInFlight({ utterances, received }: Omit<Conversed, 'complete'>, at: number): number {
  const fates = fatesOf({ utterances, received, complete: false })
  return utterances.filter(({ endedAt }, index) => fates[index] === 'cut' || at < endedAt + settleMs).length
}

/** Finals and audio that came more than once. */
export function countTwice(received: readonly Received[]): number {
  const keys = received.flatMap(({ message }) => {
    if (message.type === 'transcript' && message.final) return `transcript ${message.segment}`
    if (message.type === 'translation') return `translation ${message.segment} ${message.clause}`
    if (message.type === 'audio_start') return `audio ${message.sequence}`
    return []
  })
  return keys.length - new Set(keys).size
}

function readSegments(received: readonly Received[]): SegmentState[] {
  const segments = new Map<number, SegmentState>()
  for (const { message } of received) {
    if (message.type === 'speech_start') {
      const { segment, startMs } = message
      segments.set(segment, { segment, startMs, settled: false, failed: false })
      continue
    }
    const state = 'segment' in message ? segments.get(message.segment ?? NaN) : undefined
    if (!state) continue
    if (message.type === 'error') state.failed = true
    const saysNothing =
      (message.type === 'transcript' || message.type === 'translation') &&
      message.final &&
      message.text === ''
    const saidAll = message.type === 'audio_end' && message.final
    if (message.type === 'error' || saysNothing || saidAll) state.settled = true
  }
  return [...segments.values()]
}
