/** A speaker into the cascade of cascade.py: the same microphone, in real time, and the same listener as with ours. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Microphone } from '../../src/cli/microphone.ts'
import type { Recording } from '../../src/cli/wav.ts'
import type { Segment } from '../answers.ts'
import { Listener } from '../listener.ts'
import { PythonPeer } from './python-peer.ts'

export interface CascadeOptions {
  /** Interpreter of an environment with all of it. */
  readonly python: string
  /** Folder for CTranslate2. */
  readonly whisper: string
  /** ONNX file of a Piper voice. */
  readonly voice: string
  /** E.g. `pt-en`. */
  readonly direction: string
  readonly threads: number
  /** Another program in its place, as a `file:` URL. */
  readonly script?: string
}

export interface CascadeSettings {
  readonly beam: number
  /** Silence that ends an utterance. */
  readonly pauseMs: number
}

/** What came of one clip. */
export interface CascadeAnswer {
  /** `performance.now()` at which its first sample was spoken. */
  readonly startedAt: number
  readonly segments: readonly Segment[]
  readonly transcript: string
  readonly translation: string
  /** From the first sample to the end of the answer, the detector's work on the silence included. */
  readonly cpuMs: number
}

type Request =
  | { readonly type: 'begin'; readonly beam: number; readonly pauseMs: number }
  | { readonly type: 'audio'; readonly samples: string }
  | { readonly type: 'end' }

type Message =
  | { readonly type: 'ready' }
  | { readonly type: 'speech'; readonly segment: number; readonly startMs: number }
  | {
      readonly type: 'clause'
      readonly segment: number
      readonly samples: string
      readonly sampleRate: number
    }
  | {
      readonly type: 'answered'
      readonly segment: number
      readonly transcript: string
      readonly translation: string
    }
  | { readonly type: 'ended'; readonly cpuMs: number; readonly rssMb: number }

/** Of the clips. */
export const cascadeRateHz = 16_000
/** As long as a conversation with our own server waits for a further segment, and for an answer. */
const settleMs = 1200
const patienceMs = 30_000
const pollMs = 20

export class Cascade {
  readonly #peer: PythonPeer<Request, Message & { readonly rssMb?: number }>

  constructor({ python, whisper, voice, direction, threads, script = 'cascade.py' }: CascadeOptions) {
    this.#peer = new PythonPeer(python, script, [whisper, voice, direction, String(threads)])
  }

  /** Highest so far. */
  get rssMb(): number {
    return this.#peer.rssMb
  }

  /**
   * Says one clip and waits until its segments are answered, or for half a minute.
   * @param recording of 16 kHz
   * @throws VoxbridgeError ERR_NOT_READY where the program ends
   */
  async say(
    { pcm }: Recording,
    settings: CascadeSettings,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<CascadeAnswer> {
    await this.#peer.ask({ type: 'begin', ...settings })
    const exchange = new Exchange()
    const listening = this.#listen(exchange)
    // Where the speaker gives up first, nobody waits for it.
    listening.catch(() => undefined)
    const said = await this.#speak(pcm, exchange, { listening, signal })
    this.#peer.send({ type: 'end' })
    return { startedAt: said.startedAt, ...exchange.result(), cpuMs: await listening }
  }

  close(): Promise<void> {
    return this.#peer.close()
  }

  /** @returns the CPU time, when the program has nothing more to say */
  async #listen(exchange: Exchange): Promise<number> {
    for (;;) {
      const message = await this.#peer.next()
      if (message.type === 'ended') return message.cpuMs
      exchange.take(message, performance.now())
    }
  }

  async #speak(
    pcm: Int16Array,
    exchange: Exchange,
    { listening, signal }: { readonly listening: Promise<number>; readonly signal: AbortSignal },
  ): Promise<{ readonly startedAt: number }> {
    const off = new AbortController()
    const microphone = new Microphone({
      sampleRate: cascadeRateHz,
      send: (frame) => this.#peer.send({ type: 'audio', samples: encode(frame) }),
    })
    const running = microphone.run({ signal: AbortSignal.any([signal, off.signal]) })
    const answered = async (): Promise<{ readonly startedAt: number }> => {
      const said = await microphone.say(pcm)
      const endedAt = performance.now()
      while (performance.now() < endedAt + patienceMs && !off.signal.aborted) {
        signal.throwIfAborted()
        if (performance.now() > endedAt + settleMs && exchange.isAnswered) break
        await sleep(pollMs)
      }
      return said
    }
    try {
      // Until its end is asked for, `listening` ends only by failing, and the microphone by an abort.
      const failing = [listening, running.then(() => signal.throwIfAborted())]
      return (await Promise.race([answered(), ...failing])) as { readonly startedAt: number }
    } finally {
      off.abort()
      await running
    }
  }
}

/** What the program has said of one clip so far. */
class Exchange {
  readonly #listener = new Listener()
  readonly #starts = new Map<number, number>()
  readonly #texts = new Map<number, { readonly transcript: string; readonly translation: string }>()
  #sequence = 0

  get isAnswered(): boolean {
    return this.#starts.size > 0 && [...this.#starts.keys()].every((segment) => this.#texts.has(segment))
  }

  take(message: Exclude<Message, { readonly type: 'ended' }>, at: number): void {
    if (message.type === 'speech') this.#starts.set(message.segment, message.startMs)
    if (message.type === 'answered') this.#texts.set(message.segment, message)
    if (message.type !== 'clause') return
    const { segment, sampleRate, samples } = message
    const clause = { segment, sequence: ++this.#sequence, language: '', text: '', sampleRate, pieces: [] }
    this.#listener.hear(clause, { at, pcm: decode(samples) })
  }

  result(): Pick<CascadeAnswer, 'segments' | 'transcript' | 'translation'> {
    const texts = [...this.#texts.values()]
    const join = (parts: readonly string[]): string => parts.filter((part) => part !== '').join(' ')
    return {
      segments: [...this.#starts].map(([segment, startMs]) => ({
        segment,
        startMs,
        text: this.#texts.get(segment)?.transcript ?? '',
        clauses: this.#listener.clauses.filter((clause) => clause.segment === segment),
      })),
      transcript: join(texts.map(({ transcript }) => transcript)),
      translation: join(texts.map(({ translation }) => translation)),
    }
  }
}

function encode(pcm: Int16Array): string {
  return Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength).toString('base64')
}

function decode(samples: string): Int16Array {
  const bytes = Buffer.from(samples, 'base64')
  return Int16Array.from({ length: bytes.length / 2 }, (_, index) => bytes.readInt16LE(2 * index))
}
