import type { BaseLogger } from 'pino'
import { outputRateHz } from '../stages/speak/pcm.ts'
import type { ChannelObserver } from './channel.ts'
import type { AudioChunk, Event, SegmentItem, TextItem } from './stage.ts'

export interface ChannelStats {
  /** Microphone audio that came, given up or not. */
  readonly audioMs: number
  readonly droppedMs: number
  readonly utterances: number
  /** Utterances or parts of them that failed. */
  readonly failures: number
  /** Speech that the reader of the events took. */
  readonly spokenMs: number
}

const samplesPerMs = 16

export function chunkMs({ pcm }: AudioChunk): number {
  return (pcm.length / outputRateHz) * 1000
}

/** Counts and logs what passes three places of a channel; each of them is a stage that changes nothing. */
export class ChannelMeter {
  readonly #log: Pick<BaseLogger, 'warn'>
  readonly #observer: ChannelObserver | undefined
  readonly #stats = { audioMs: 0, droppedMs: 0, utterances: 0, failures: 0, spokenMs: 0 }
  /** Audio of the utterances that are on their way to the recogniser or in it, by segment. */
  readonly #unrecognisedMs = new Map<number, number>()

  constructor(log: Pick<BaseLogger, 'warn'>, observer: ChannelObserver | undefined) {
    this.#log = log
    this.#observer = observer
  }

  get stats(): ChannelStats {
    return { ...this.#stats }
  }

  get unrecognisedMs(): number {
    let total = 0
    for (const durationMs of this.#unrecognisedMs.values()) total += durationMs
    return total
  }

  received(samples: Float32Array): void {
    this.#stats.audioMs += samples.length / samplesPerMs
  }

  /** Behind the voice detector. */
  readonly segmented = this.#tap<SegmentItem>((item) => {
    if (item.type === 'utterance') {
      this.#stats.utterances++
      this.#unrecognisedMs.set(item.segment, item.samples.length / samplesPerMs)
      if (item.endsSentence) this.#observer?.translatesEarly()
    } else if (item.type === 'overrun') {
      this.#stats.droppedMs += item.droppedMs
      this.#log.warn({ droppedMs: item.droppedMs }, item.reason)
    }
  })

  /** Behind the recogniser. */
  readonly recognised = this.#tap<TextItem>((item) => {
    if (item.type === 'passage' && !item.final) this.#observer?.translatesEarly()
    const answers = (item.type === 'transcript' && item.final) || item.type === 'error'
    if (answers && item.segment !== undefined) this.#unrecognisedMs.delete(item.segment)
  })

  /** At the end. */
  readonly sent = this.#tap<Event>((event) => {
    if (event.type === 'audio-chunk') this.#stats.spokenMs += chunkMs(event)
    else if (event.type === 'error') {
      this.#stats.failures++
      this.#log.warn({ code: event.code, segment: event.segment }, event.message)
    }
  })

  #tap<T>(see: (item: T) => void) {
    return async function* (source: AsyncIterable<T>): AsyncGenerator<T> {
      for await (const item of source) {
        see(item)
        yield item
      }
    }
  }
}
