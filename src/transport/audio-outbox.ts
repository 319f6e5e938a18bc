/**
 * Translated speech on its way to one listener. Captions overtake it: they are sent at once, speech as the
 * listener's connection takes it. A listener who stays too far behind loses whole segments, oldest first; one whose
 * sending has begun is finished.
 */
import type { AudioChunk, AudioEnd, AudioStart } from '../pipeline/stage.ts'

export type AudioEvent = AudioStart | AudioChunk | AudioEnd

export interface AudioOutboxOptions {
  /** Speech that may wait; beyond it segments are given up. */
  readonly capacityMs: number
  readonly sampleRateHz: number
  /** Sends one event. */
  readonly send: (event: AudioEvent) => void
  /** Resolves once the connection can take more. */
  readonly writable: () => Promise<void>
  readonly onLoss: (droppedMs: number) => void
}

export class AudioOutbox {
  readonly #options: AudioOutboxOptions
  #waiting: AudioEvent[] = []
  #waitingMs = 0
  /** The segment whose sending has begun and not ended. */
  #sending: number | undefined
  /** The segment that is being given up while more of it still comes. */
  #dropping: number | undefined
  #lostMs = 0
  #pump: Promise<void> | undefined

  constructor(options: AudioOutboxOptions) {
    this.#options = options
  }

  /** Never waits. */
  push(event: AudioEvent): void {
    if (event.segment === this.#dropping) {
      this.#lostMs += this.#durationMs(event)
      if (isLast(event)) this.#reportLoss()
      return
    }
    this.#reportLoss()
    this.#waiting.push(event)
    this.#waitingMs += this.#durationMs(event)
    while (this.#waitingMs > this.#options.capacityMs && this.#giveUpOldest());
    this.#pump ??= this.#run().finally(() => (this.#pump = undefined))
  }

  /** Resolves once everything is sent or given up. */
  async flushed(): Promise<void> {
    await this.#pump
    this.#reportLoss()
  }

  /** Gives up everything that waits, without a report: the connection is about to end. */
  clear(): void {
    this.#waiting = []
    this.#waitingMs = 0
    this.#lostMs = 0
    this.#dropping = undefined
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#options.writable()
      const event = this.#waiting.shift()
      if (!event) return
      this.#waitingMs -= this.#durationMs(event)
      this.#sending = isLast(event) ? undefined : event.segment
      this.#options.send(event)
    }
  }

  /** @returns false where nothing can be given up. */
  #giveUpOldest(): boolean {
    const segment = this.#waiting.find((event) => event.segment !== this.#sending)?.segment
    if (segment === undefined) return false
    const lost = this.#waiting.filter((event) => event.segment === segment)
    this.#waiting = this.#waiting.filter((event) => event.segment !== segment)
    const lostMs = lost.reduce((sum, event) => sum + this.#durationMs(event), 0)
    this.#waitingMs -= lostMs
    this.#lostMs += lostMs
    if (lost.some(isLast)) this.#reportLoss()
    else this.#dropping = segment
    return true
  }

  #reportLoss(): void {
    if (this.#lostMs > 0) this.#options.onLoss(this.#lostMs)
    this.#lostMs = 0
    this.#dropping = undefined
  }

  #durationMs(event: AudioEvent): number {
    return event.type === 'audio-chunk' ? (event.pcm.length / this.#options.sampleRateHz) * 1000 : 0
  }
}

function isLast(event: AudioEvent): boolean {
  return event.type === 'audio-end' && event.final
}
