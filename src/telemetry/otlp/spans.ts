/**
 * One utterance as a trace: a span of the whole, and below it one for each stage that somebody waited for.
 *
 * A stage's span ends when its result was told, and lasts as long as it was waited for after the end of speech. What was
 * done ahead, while the speaker talked or paused, took nobody's time and so has no length.
 */
import { randomBytes } from 'node:crypto'
import type { PassageReport, UtteranceReport } from '../utterances.ts'

/** As JSON of OTLP has it: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
export interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  /** A 64-bit number, as a string. */
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly Attribute[]
  readonly status: { readonly code?: number; readonly message?: string }
}

interface Attribute {
  readonly key: string
  readonly value: { readonly stringValue: string } | { readonly intValue: string }
}

export interface ChannelNames {
  readonly channelId: string
  readonly sessionId: string
}

const internalKind = 1
const errorStatus = 2

/** No words: they are not for a trace. */
export function toSpans(report: UtteranceReport, { channelId, sessionId }: ChannelNames): Span[] {
  const traceId = randomBytes(16).toString('hex')
  const parentSpanId = newSpanId()
  const { segment, src, tgt, audioMs, clauses, spokenMs, passages, error, endedAt } = report
  const last = passages.at(-1)
  const spokenUntil = last?.timing.speechEndedAt ?? endedAt
  const firstAudioMs =
    last?.timing.firstAudioAt === undefined ? undefined : last.timing.firstAudioAt - spokenUntil
  const root: Span = {
    traceId,
    spanId: parentSpanId,
    name: 'utterance',
    kind: internalKind,
    startTimeUnixNano: unixNanos(spokenUntil - audioMs),
    endTimeUnixNano: unixNanos(endedAt),
    attributes: toAttributes({
      'voxbridge.channel': channelId,
      'voxbridge.session': sessionId,
      'voxbridge.segment': segment,
      'voxbridge.src': src,
      'voxbridge.tgt': tgt,
      'voxbridge.audio_ms': audioMs,
      'voxbridge.spoken_ms': spokenMs,
      'voxbridge.clauses': clauses,
      'voxbridge.first_audio_ms': firstAudioMs,
      'error.type': error,
    }),
    status: error === undefined ? {} : { code: errorStatus, message: error },
  }
  const stages = passages.flatMap(stagesOf).map(({ name, startedAt, endedAt }): Span => {
    const times = { startTimeUnixNano: unixNanos(startedAt), endTimeUnixNano: unixNanos(endedAt) }
    return {
      traceId,
      spanId: newSpanId(),
      parentSpanId,
      name,
      kind: internalKind,
      ...times,
      attributes: [],
      status: {},
    }
  })
  return [root, ...stages]
}

interface StageTime {
  readonly name: 'endpoint' | 'asr' | 'mt' | 'tts'
  readonly startedAt: number
  readonly endedAt: number
}

function stagesOf({ timing, transcribedAt, translatedAt }: PassageReport): StageTime[] {
  const { speechEndedAt, endpointAt, asrMs, mtMs, ttsMs, firstAudioAt } = timing
  const until = (name: StageTime['name'], endedAt: number | undefined, ms: number): StageTime[] =>
    endedAt === undefined ? [] : [{ name, startedAt: endedAt - ms, endedAt }]
  return [
    ...until('endpoint', endpointAt, endpointAt - speechEndedAt),
    ...until('asr', transcribedAt, asrMs),
    ...until('mt', translatedAt, mtMs),
    ...until('tts', firstAudioAt, ttsMs),
  ]
}

/** Numbers are told as whole ones. */
function toAttributes(values: Readonly<Record<string, string | number | undefined>>): Attribute[] {
  return Object.entries(values).flatMap(([key, value]): Attribute[] => {
    if (value === undefined) return []
    if (typeof value === 'string') return [{ key, value: { stringValue: value } }]
    return [{ key, value: { intValue: String(Math.round(value)) } }]
  })
}

/** @param at a reading of `performance.now()` */
function unixNanos(at: number): string {
  return String(BigInt(Math.round((performance.timeOrigin + at) * 1000)) * 1000n)
}

function newSpanId(): string {
  return randomBytes(8).toString('hex')
}
