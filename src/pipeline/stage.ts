/**
 * The types that flow through a channel. `Stage` is one step of it; items are one union on `type`, and a stage passes
 * on what is not for it, so captions travel the same pipe as audio.
 *
 * Times named `…Ms` without more are milliseconds of the channel's audio, counted from its first sample. Times named
 * `…At` are readings of `performance.now()`.
 */
import type { ErrorCode } from '../errors.ts'
import type { HearingAttempt, Speculation } from './attempt.ts'
import type { SegmentTiming } from './timing.ts'

/** Pulls `In`, yields `Out`, ends when its source ends. */
export type Stage<In, Out> = (source: AsyncIterable<In>) => AsyncIterable<Out>

/** Microphone audio as it came from the socket: mono, 16 kHz, -1 to 1. */
export interface AudioFrame {
  readonly type: 'frame'
  readonly samples: Float32Array
  /** Position of the first sample in the channel's audio. */
  readonly startMs: number
  /** When the frame's last byte reached the process. */
  readonly arrivedAt: number
}

/** The client asks to end the utterance now. */
export interface Flush {
  readonly type: 'flush'
}

/** The client changes settings; they hold for what is said after it. */
export interface Configure {
  readonly type: 'configure'
  readonly settings: Partial<ChannelSettings>
}

/** The client gives a text to be said as it is. */
export interface SpeakText {
  readonly type: 'speak'
  readonly text: string
  readonly language?: string
  readonly voice?: string
  readonly speed?: number
  readonly sequence?: number
  readonly final?: boolean
}

/** A `SpeakText` that has its place among the segments. */
export interface Announcement {
  readonly type: 'announcement'
  readonly segment: number
  readonly text: string
  readonly language: string
  readonly sequence: number | undefined
  readonly final: boolean
  readonly timing: SegmentTiming
  readonly settings: ChannelSettings
}

export interface ChannelSettings {
  /** ISO 639-1 code or `auto`. */
  readonly source: string
  /** ISO 639-1 code. */
  readonly target: string
  readonly voice: string | undefined
  /** Of the voice: 1 is its own rate, 0.5 to 2. */
  readonly speed: number
  readonly partials: boolean
  readonly audio: boolean
}

export interface SpeechStart {
  readonly type: 'speech-start'
  readonly segment: number
  readonly startMs: number
}

export interface SpeechEnd {
  readonly type: 'speech-end'
  readonly segment: number
  readonly endMs: number
}

/** A stretch of speech. */
export interface Speech {
  readonly segment: number
  /** Mono, 16 kHz, with the pre-roll before the first syllable. */
  readonly samples: Float32Array
  readonly startMs: number
  readonly endMs: number
  readonly timing: SegmentTiming
  /** The settings that hold while it is said. */
  readonly settings: ChannelSettings
}

/** Speech so far, while the speaker goes on. It is recognised where there is time for it. */
export interface Hearing extends Speech {
  readonly type: 'hearing'
  /** Whether a partial transcript is to be told; without, it is heard for sentences to translate early. */
  readonly partial: boolean
  readonly attempt: HearingAttempt
}

/** Speech up to a pause that may be its end: to be recognised at once, and told if the `utterance` says so. */
export interface Guess extends Speech {
  readonly type: 'guess'
  readonly speculation: Speculation
}

/** One stretch of speech, complete. */
export interface Utterance extends Speech {
  readonly type: 'utterance'
  /** The guess that came true, if there was one: what was made of it holds. */
  readonly speculation: Speculation | undefined
  /** It ends where the last hearing found the end of a sentence. */
  readonly endsSentence: boolean
}

export interface Transcript {
  readonly type: 'transcript'
  readonly segment: number
  readonly final: boolean
  readonly text: string
  readonly language: string
  readonly startMs: number
  readonly endMs: number
  /** The first `stable` characters of a partial will not change. */
  readonly stable: number
  readonly timing: SegmentTiming
  readonly settings: ChannelSettings
}

/** A part of a segment's transcript that is to be translated now: one or more clauses, whole sentences where possible. */
export interface Passage {
  readonly type: 'passage'
  readonly segment: number
  /** True on the last passage of the segment; its text may be empty. */
  readonly final: boolean
  readonly text: string
  readonly language: string
  readonly timing: SegmentTiming
  readonly settings: ChannelSettings
}

/**
 * A text that is likely to come. Each stage prepares its answer and passes on what the next one can expect; nothing
 * of it is told.
 */
export interface Rehearsal {
  readonly type: 'rehearsal'
  readonly text: string
  readonly language: string
  readonly settings: ChannelSettings
  readonly speculation: Speculation
}

/** One clause of a segment's translation. */
export interface Translation {
  readonly type: 'translation'
  readonly segment: number
  /** 0, 1, 2 … within the segment. */
  readonly clause: number
  /** True on the last clause of the segment. */
  readonly final: boolean
  readonly text: string
  readonly language: string
  readonly timing: SegmentTiming
  readonly settings: ChannelSettings
}

export interface AudioStart {
  readonly type: 'audio-start'
  readonly segment: number
  /** 0, 1, 2 … over the whole channel, unless the client gave one with `speak`. */
  readonly sequence: number
  readonly language: string
  readonly text: string
  readonly sampleRate: number
  readonly timing: SegmentTiming
}

export interface AudioChunk {
  readonly type: 'audio-chunk'
  readonly segment: number
  readonly sequence: number
  /** Mono PCM16 at the channel's output rate. */
  readonly pcm: Int16Array
  readonly timing: SegmentTiming
}

export interface AudioEnd {
  readonly type: 'audio-end'
  readonly segment: number
  readonly sequence: number
  readonly durationMs: number
  /** True on the last audio of the segment. */
  readonly final: boolean
  readonly timing: SegmentTiming
}

/** Something accepted had to be given up. */
export interface Overrun {
  readonly type: 'overrun'
  readonly droppedMs: number
  readonly reason: string
}

/** One utterance failed; the channel lives on. */
export interface Failure {
  readonly type: 'error'
  readonly code: ErrorCode
  readonly message: string
  readonly retryable: boolean
  readonly segment?: number
}

export type Control = Flush | Configure | SpeakText
export type Input = AudioFrame | Control
export type Event =
  SpeechStart | SpeechEnd | Transcript | Translation | AudioStart | AudioChunk | AudioEnd | Overrun | Failure
/** What leaves the voice detector. */
export type SegmentItem = Hearing | Guess | Utterance | Announcement | Event
/** What leaves the recogniser. */
export type TextItem = Passage | Rehearsal | Announcement | Event
/** What leaves the translator. */
export type TranslatedItem = Rehearsal | Announcement | Event
/** What is to be said, and what is to be prepared for it. */
export type Sayable = Translation | Announcement | Rehearsal
