/** Which part of what came back answers which clip. */
import type { StreamClient } from '../src/cli/stream-client.ts'
import type { HeardClause, Listener } from './listener.ts'

/** One clip as it was said into a channel. */
export interface Utterance {
  readonly name: string
  /** Position of the clip in the channel's audio. */
  readonly startMs: number
  /** Of the annotated speech in the clip. */
  readonly speechMs: number
  /** `performance.now()` at the annotated end of the speech. */
  readonly endedAt: number
}

/** What the server told of one stretch of speech that it found. */
export interface Segment {
  readonly segment: number
  readonly startMs: number
  /** Of the final transcript; empty where there is none. */
  readonly text: string
  readonly clauses: readonly HeardClause[]
}

export interface Answer {
  readonly segment: number
  /** From the annotated end of the speech to the first sound of what the server said after it. */
  readonly firstSoundMs: number
  /** From the first piece of that to its first sound. */
  readonly leadSilenceMs: number
  /** Whether speech of the segment had come already while it was still being said. */
  readonly early: boolean
}

/** A pre-roll may begin this much before the clip. */
const preRollMs = 500

export function collectSegments(client: StreamClient, { clauses }: Listener): Segment[] {
  const finals = client.all('transcript').filter(({ final }) => final)
  return client.all('speech_start').map(({ segment, startMs }) => ({
    segment,
    startMs,
    text: finals.find((transcript) => transcript.segment === segment)?.text ?? '',
    clauses: clauses.filter((clause) => clause.segment === segment),
  }))
}

/** The segments that began while each of the utterances was said, or in the pause after it. */
export function matchSegments<Found extends Pick<Segment, 'startMs'>>(
  utterances: readonly Utterance[],
  segments: readonly Found[],
): Found[][] {
  return utterances.map(({ startMs }, index) => {
    const nextMs = utterances[index + 1]?.startMs ?? Infinity
    return segments.filter(
      (segment) => segment.startMs >= startMs - preRollMs && segment.startMs < nextMs - preRollMs,
    )
  })
}

/**
 * A clip with a pause in it makes several segments; its end is answered by the last that has words. Where a part of
 * it was spoken before the end, the answer is what was said afterwards.
 * @returns undefined where nothing was to be heard after the end
 */
export function findAnswer({ endedAt }: Utterance, segments: readonly Segment[]): Answer | undefined {
  const last = segments.findLast(({ text, clauses }) => text !== '' || clauses.length > 0)
  const clause = last?.clauses.find(
    ({ arrivedAt, soundsAt }) => arrivedAt > endedAt && soundsAt !== undefined,
  )
  if (!last || clause?.soundsAt === undefined) return undefined
  return {
    segment: last.segment,
    firstSoundMs: clause.soundsAt - endedAt,
    leadSilenceMs: clause.soundsAt - clause.arrivedAt,
    early: last.clauses.some(({ arrivedAt }) => arrivedAt <= endedAt),
  }
}

/** Whether something that was said got no sound at all. */
export function isLost(segments: readonly Segment[]): boolean {
  const silent = (segment: Segment): boolean =>
    segment.clauses.every(({ soundsAt }) => soundsAt === undefined)
  return segments.every(silent) || segments.some((segment) => segment.text !== '' && silent(segment))
}
