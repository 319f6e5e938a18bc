/**
 * A microphone that is always on: it says the clips it is given, one after the other, and silence otherwise. Frames
 * leave when a real microphone would have recorded them.
 */
import { setTimeout as sleep } from 'node:timers/promises'

export const frameMs = 20

export interface MicrophoneOptions {
  readonly sampleRate: number
  /** Called with frames of 20 ms, mono PCM16. */
  readonly send: (pcm: Int16Array) => void
  /** 1 is real time, 4 is four times as fast. */
  readonly speed?: number
}

/** Where a clip came to stand in what was sent. */
export interface Said {
  /** Position of its first sample in the channel's audio. */
  readonly startMs: number
  /** `performance.now()` at which its first sample was spoken. */
  readonly startedAt: number
}

interface Waiting {
  readonly pcm: Int16Array
  position: number
  said: Said | undefined
  readonly resolve: (said: Said) => void
}

export class Microphone {
  readonly #sampleRate: number
  readonly #send: (pcm: Int16Array) => void
  readonly #speed: number
  readonly #frameSamples: number
  readonly #waiting: Waiting[] = []
  #sentSamples = 0

  constructor({ sampleRate, send, speed = 1 }: MicrophoneOptions) {
    this.#sampleRate = sampleRate
    this.#send = send
    this.#speed = speed
    this.#frameSamples = Math.round((sampleRate * frameMs) / 1000)
  }

  /** Says `pcm` after what waits already; resolves when its last sample was sent. */
  say(pcm: Int16Array): Promise<Said> {
    return new Promise((resolve) => this.#waiting.push({ pcm, position: 0, said: undefined, resolve }))
  }

  /** Is on until `signal` aborts; what still waits then is never said. */
  async run({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    const startedAt = performance.now()
    const momentOf = (samples: number): number =>
      startedAt + ((samples / this.#sampleRate) * 1000) / this.#speed
    while (!signal.aborted) {
      // Against the clock, not against the last frame: late timers must not slow the microphone down.
      const dueAt = momentOf(this.#sentSamples + this.#frameSamples)
      const waitMs = dueAt - performance.now()
      if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => undefined)
      if (signal.aborted) return
      const { pcm, completed } = this.#record(momentOf)
      this.#send(pcm)
      for (const resolve of completed) resolve()
    }
  }

  #record(momentOf: (samples: number) => number): { pcm: Int16Array; completed: (() => void)[] } {
    const pcm = new Int16Array(this.#frameSamples)
    const completed: (() => void)[] = []
    let filled = 0
    for (let clip = this.#waiting[0]; clip && filled < pcm.length; clip = this.#waiting[0]) {
      const at = this.#sentSamples + filled
      const said = (clip.said ??= { startMs: (at / this.#sampleRate) * 1000, startedAt: momentOf(at) })
      const part = clip.pcm.subarray(clip.position, clip.position + pcm.length - filled)
      pcm.set(part, filled)
      filled += part.length
      clip.position += part.length
      if (clip.position < clip.pcm.length) break
      const { resolve } = clip
      completed.push(() => resolve(said))
      this.#waiting.shift()
    }
    this.#sentSamples += pcm.length
    return { pcm, completed }
  }
}
