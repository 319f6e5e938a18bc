/** A good conversation with a server of small engines, which tells whether anything disturbs it. */
import { Microphone } from '../../src/cli/microphone.ts'
import { StreamClient } from '../../src/cli/stream-client.ts'

/** The server cuts the audio after the first block of 32 ms that reaches 200 ms, and each piece is an utterance. */
const pieceMs = 224

export interface Steadiness {
  readonly said: number
  readonly answered: number
  readonly lost: number
  readonly twice: number
  /** Errors, overruns and whatever ended it before its time. */
  readonly incidents: readonly string[]
  /** Longest time from the last sample of an utterance to its speech. */
  readonly slowestMs: number
}

export class SteadyConversation {
  readonly #client: StreamClient
  readonly #off = new AbortController()
  readonly #running: Promise<void>
  #sentSamples = 0
  /** When the first sample was spoken. */
  readonly #startedAt = performance.now()
  #failure: string | undefined

  static async open(port: number, channelId: string): Promise<SteadyConversation> {
    const { signal } = new AbortController()
    const parameters = { channelId, src: 'en', tgt: 'pt', partials: false }
    const client = await StreamClient.connect(new URL(`http://127.0.0.1:${port}/`), parameters, { signal })
    return new SteadyConversation(client)
  }

  private constructor(client: StreamClient) {
    this.#client = client
    client.on('end', (error) => (this.#failure = error?.message))
    client.on('audio', ({ pieces }) => (pieces.length = 0))
    const microphone = new Microphone({
      sampleRate: 16000,
      send: (pcm) => {
        this.#sentSamples += pcm.length
        client.sendAudio(pcm.fill(8000))
      },
    })
    this.#running = microphone.run({ signal: this.#off.signal })
  }

  /** Stops talking and hears the rest. */
  async finish(): Promise<Steadiness> {
    this.#off.abort()
    await this.#running
    const { signal } = new AbortController()
    await this.#client.finish({ signal }).catch((error: unknown) => (this.#failure ??= String(error)))
    const client = this.#client
    const finals = client.all('transcript').filter(({ final }) => final)
    const segments = new Set(finals.map(({ segment }) => segment))
    const said = Math.floor(this.#sentSamples / (16 * pieceMs))
    const answered = new Set(client.clauses.map(({ segment }) => segment)).size
    return {
      said,
      answered,
      lost: Math.max(0, said - answered),
      twice: finals.length - segments.size,
      incidents: [
        ...client.all('error').map(({ code }) => code),
        ...client.all('overrun').map(({ reason }) => reason),
        ...(this.#failure === undefined ? [] : [this.#failure]),
      ],
      slowestMs: Math.max(0, ...this.#delays()),
    }
  }

  #delays(): number[] {
    const endMs = new Map<number, number>()
    return this.#client.received.flatMap(({ at, message }) => {
      if (message.type === 'speech_end') endMs.set(message.segment, message.endMs)
      if (message.type !== 'audio_start') return []
      return at - this.#startedAt - (endMs.get(message.segment) ?? 0)
    })
  }
}
