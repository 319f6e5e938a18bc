/** What becomes of each utterance of a channel, put together from what its client is told. */
import type { ErrorCode } from '../errors.ts'
import type {
  AudioChunk,
  AudioStart,
  Event,
  Overrun,
  SpeechStart,
  Transcript,
  Translation,
} from '../pipeline/stage.ts'
import type { SegmentTiming } from '../pipeline/timing.ts'
import type { Direction } from './directions.ts'

/** A part of an utterance that was translated at once: most utterances are one, long ones several. */
export interface PassageReport {
  readonly timing: SegmentTiming
  /** When the final transcript was told; undefined where the passage was translated before there was one. */
  readonly transcribedAt: number | undefined
  /** When the first and the last sentence of its translation were told. */
  readonly translatedAt: number | undefined
  readonly captionedAt: number | undefined
}

export interface UtteranceReport extends Direction {
  readonly segment: number
  /** Length of the speech; 0 for a text to be said. */
  readonly audioMs: number
  readonly passages: readonly PassageReport[]
  /** Sentences of the translation. */
  readonly clauses: number
  /** Length of the translated speech. */
  readonly spokenMs: number
  readonly heard: string
  readonly translated: string
  /** Why it got no answer, or not all of it. */
  readonly error: ErrorCode | undefined
  /** When the last of it was told. */
  readonly endedAt: number
}

type Passage = { -readonly [Key in keyof PassageReport]: PassageReport[Key] }

/** What is told of an utterance that has begun. */
type CourseEvent = Exclude<Event, AudioChunk | AudioStart | SpeechStart | Overrun>

/** An utterance that is under way. */
class Course {
  readonly segment: number
  src: string
  tgt: string
  startMs: number | undefined
  endMs: number | undefined
  readonly passages: Passage[] = []
  readonly translated: string[] = []
  heard = ''
  spokenMs = 0
  error: ErrorCode | undefined
  toldAt = performance.now()

  constructor(segment: number, { src, tgt }: Direction) {
    this.segment = segment
    this.src = src
    this.tgt = tgt
  }

  passage(timing: SegmentTiming): Passage {
    const known = this.passages.find((passage) => passage.timing === timing)
    if (known) return known
    const passage = { timing, transcribedAt: undefined, translatedAt: undefined, captionedAt: undefined }
    this.passages.push(passage)
    return passage
  }

  report(): UtteranceReport {
    const { segment, src, tgt, passages, spokenMs, heard, startMs, endMs, error, toldAt } = this
    return {
      segment,
      src,
      tgt,
      audioMs: startMs === undefined || endMs === undefined ? 0 : endMs - startMs,
      passages,
      clauses: this.translated.length,
      spokenMs,
      heard,
      translated: this.translated.join(' '),
      error,
      endedAt: toldAt,
    }
  }
}

/** What has no answer by then is not waited for: its speech was given up, or there was nothing to say. */
const maxOpen = 64

export class Utterances {
  readonly #onEnd: (report: UtteranceReport) => void
  /** By segment, in their order. */
  readonly #open = new Map<number, Course>()
  #direction: Direction

  /** @param direction of the channel at its beginning */
  constructor(direction: Direction, onEnd: (report: UtteranceReport) => void) {
    this.#direction = direction
    this.#onEnd = onEnd
  }

  /** Of what was said in this segment, or is said now. */
  directionOf(segment: number): Direction {
    return this.#open.get(segment) ?? this.#direction
  }

  /** @param event is being told to the client. */
  see(event: Exclude<Event, AudioChunk>): void {
    if (event.type === 'overrun' || event.segment === undefined) return
    const course = this.#open.get(event.segment)
    if (event.type === 'speech-start') {
      this.#begin(event.segment, this.#direction).startMs = event.startMs
    } else if (event.type !== 'audio-start') {
      if (course) this.#follow(course, event)
    } else if (!course) {
      // The first that is told of a text to be said.
      this.#begin(event.segment, { src: 'text', tgt: event.language }).passage(event.timing)
    }
  }

  /** Nothing more is told. */
  close(): void {
    for (const course of [...this.#open.values()]) this.#end(course)
  }

  #begin(segment: number, direction: Direction): Course {
    const [oldest] = this.#open.values()
    if (oldest && this.#open.size >= maxOpen) this.#end(oldest)
    const course = new Course(segment, direction)
    this.#open.set(segment, course)
    return course
  }

  #follow(course: Course, event: CourseEvent): void {
    course.toldAt = performance.now()
    switch (event.type) {
      case 'speech-end':
        course.endMs = event.endMs
        return
      case 'transcript':
        return this.#transcribed(course, event)
      case 'translation':
        return this.#translated(course, event)
      case 'audio-end':
        course.spokenMs += event.durationMs
        if (event.final) this.#endThrough(course)
        return
      case 'error':
        course.error = event.code
    }
  }

  #transcribed(course: Course, { final, text, language, settings, timing }: Transcript): void {
    course.src = language
    course.tgt = settings.target
    this.#direction = { src: settings.source, tgt: settings.target }
    if (!final) return
    course.heard = text
    course.passage(timing).transcribedAt = course.toldAt
    if (text === '') this.#end(course)
  }

  #translated(course: Course, { final, text, settings, timing }: Translation): void {
    const passage = course.passage(timing)
    passage.translatedAt ??= course.toldAt
    passage.captionedAt = course.toldAt
    if (text !== '') course.translated.push(text)
    if (!final) return
    if (!settings.audio) this.#endThrough(course)
    else if (course.translated.length === 0) this.#end(course)
  }

  /** Answers leave in the order of the utterances: for those before, nothing more comes. */
  #endThrough(last: Course): void {
    for (const course of [...this.#open.values()]) if (course.segment <= last.segment) this.#end(course)
  }

  #end(course: Course): void {
    this.#open.delete(course.segment)
    this.#onEnd(course.report())
  }
}
