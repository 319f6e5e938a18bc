/** One speaker on a channel that stays open: says clips as into a microphone and gathers the answer to each. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Microphone, type Said } from '../src/cli/microphone.ts'
import { type MessageOf } from '../src/cli/server-messages.ts'
import { type SpokenClause, StreamClient } from '../src/cli/stream-client.ts'
import { type Recording } from '../src/cli/wav.ts'

export interface ConversationOptions {
  readonly src: string
  readonly tgt: string
  /** All clips have this rate. */
  readonly sampleRate: number
  /** Whether captions are wanted while a clip is being said; not by default. */
  readonly partials?: boolean
  /** The default of `tgt` where it is left out. */
  readonly voice?: string | undefined
  readonly signal: AbortSignal
}

/** What came back for one clip. A clip with a pause in it makes several segments. */
export interface Answer {
  readonly said: Said
  readonly segments: readonly number[]
  readonly transcript: string
  readonly translation: string
  readonly clauses: readonly SpokenClause[]
  readonly latencies: readonly MessageOf<'latency'>[]
  readonly errors: readonly string[]
}

/** Longer than the pause that ends an utterance, so that no segment of a clip is still to begin. */
const settleMs = 1200
const pollMs = 20
const patienceMs = 30_000

export class Conversation {
  readonly client: StreamClient
  readonly #microphone: Microphone
  readonly #off = new AbortController()
  readonly #running: Promise<void>
  readonly #signal: AbortSignal
  /** Rejects with what ended the connection. */
  readonly #gone: Promise<unknown>

  static async open(
    server: URL,
    { src, tgt, sampleRate, partials = false, voice, signal }: ConversationOptions,
  ): Promise<Conversation> {
    const channelId = `bench-${randomUUID()}`
    const parameters = {
      channelId,
      src,
      tgt,
      rate: sampleRate,
      partials,
      ...(voice !== undefined && { voice }),
    }
    return new Conversation(await StreamClient.connect(server, parameters, { signal }), sampleRate, signal)
  }

  private constructor(client: StreamClient, sampleRate: number, signal: AbortSignal) {
    this.client = client
    this.#signal = signal
    this.#microphone = new Microphone({ sampleRate, send: (pcm) => client.sendAudio(pcm) })
    this.#running = this.#microphone.run({ signal: AbortSignal.any([signal, this.#off.signal]) })
    client.on('end', () => this.#off.abort())
    this.#gone = client.waitFor(() => false, { signal })
    this.#gone.catch(() => undefined)
  }

  /**
   * Says one clip.
   * @throws VoxbridgeError where the connection ends.
   */
  async tell({ pcm }: Recording): Promise<Said> {
    return (await Promise.race([this.#microphone.say(pcm), this.#gone])) as Said
  }

  /**
   * Says one clip and waits until its segments are answered, or for half a minute.
   * @throws VoxbridgeError where the connection ends.
   */
  async say(recording: Recording): Promise<Answer> {
    const { pcm, sampleRate } = recording
    const before = this.#segments().length
    const said = await this.tell(recording)
    const endedAt = said.startedAt + (pcm.length / sampleRate) * 1000
    while (performance.now() < endedAt + patienceMs) {
      this.#signal.throwIfAborted()
      if (this.#off.signal.aborted) await this.#gone
      const segments = this.#segments().slice(before)
      const settled = performance.now() > endedAt + settleMs
      if (settled && segments.length > 0 && segments.every((segment) => this.#isAnswered(segment))) break
      await sleep(pollMs)
    }
    return this.#answer(said, this.#segments().slice(before))
  }

  /** Lets the server finish what it has heard. @throws VoxbridgeError where the connection ended in another way. */
  async close({ signal = this.#signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    this.#off.abort()
    await this.#running
    try {
      await this.client.finish({ signal })
    } finally {
      this.client.terminate()
    }
  }

  #segments(): number[] {
    return this.client.all('speech_start').map(({ segment }) => segment)
  }

  #isAnswered(segment: number): boolean {
    return this.client.received.some(({ message }) => {
      if (!('segment' in message) || message.segment !== segment) return false
      if (message.type === 'transcript') return message.final && message.text === ''
      return message.type === 'error' || (message.type === 'audio_end' && message.final)
    })
  }

  #answer(said: Said, segments: readonly number[]): Answer {
    const { client } = this
    const ours = <T extends { readonly segment?: number }>(items: readonly T[]): T[] =>
      items.filter(({ segment }) => segment !== undefined && segments.includes(segment))
    const join = (items: readonly { readonly text: string }[]): string =>
      items.map(({ text }) => text).join(' ')
    return {
      said,
      segments,
      transcript: join(ours(client.all('transcript')).filter(({ final }) => final)),
      translation: join(ours(client.all('translation'))),
      clauses: ours(client.clauses),
      latencies: ours(client.all('latency')),
      errors: ours(client.all('error')).map(({ message }) => message),
    }
  }
}
