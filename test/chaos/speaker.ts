/** A speaker over a bad network: connects again when he is cut off, and says again what was not answered. */
import { setTimeout as delay } from 'node:timers/promises'
import { findSpeech } from '../../bench/audible.ts'
import type { Utterance } from '../../bench/answers.ts'
import { Conversation } from '../../bench/conversation.ts'
import { between, type Random } from '../../bench/seeded-random.ts'
import { toVoxbridgeError } from '../../src/errors.ts'
import type { Recording } from '../../src/cli/wav.ts'
import { type Conversed, countInFlight, countTwice, fatesOf, type Fate } from './ledger.ts'

export interface SpeakerOptions {
  /** Of the proxy. */
  readonly server: URL
  readonly name: string
  readonly src: string
  readonly tgt: string
  readonly clip: Recording
  readonly random: Random
  readonly signal: AbortSignal
}

const [leastPauseMs, mostPauseMs] = [1500, 2500]
const retryMs = 500
/** How long a last answer may take: a hung recogniser is found out, replaced, and asked again. */
const patienceMs = 90_000
const pollMs = 100

interface Talk {
  readonly conversation: Conversation
  readonly utterances: Utterance[]
}

export class Speaker {
  readonly fates: Fate[] = []
  /** Times that he was not let in, by code. */
  readonly refusals: string[] = []
  /** What ended a connection that did not end in order. */
  readonly endings: string[] = []
  twice = 0
  readonly #options: SpeakerOptions
  #talk: Talk | undefined

  constructor(options: SpeakerOptions) {
    this.#options = options
  }

  get inFlight(): number {
    return this.#talk ? countInFlight(this.#conversed(this.#talk, false), performance.now()) : 0
  }

  /** Talks until the moment `until`, and on until everything is answered. */
  async talk(until: number): Promise<void> {
    for (let open = 0, first = true; first || open > 0 || performance.now() < until; first = false) {
      // With a session that can be taken up again, this would go on where the last one was cut.
      this.#talk = { conversation: await this.#connect(), utterances: [] }
      const complete = await this.#converse(this.#talk, { until, open })
      const { received } = this.#talk.conversation.client
      const fates = fatesOf(this.#conversed(this.#talk, complete))
      this.fates.push(...fates)
      this.twice += countTwice(received)
      // A clip that was being said when the connection was cut stands in no list.
      open = complete ? 0 : Math.max(1, fates.filter((fate) => fate === 'cut').length)
      this.#talk = undefined
    }
  }

  async #connect(): Promise<Conversation> {
    const { server, src, tgt, clip, signal } = this.#options
    for (;;) {
      signal.throwIfAborted()
      try {
        return await Conversation.open(server, {
          src,
          tgt,
          sampleRate: clip.sampleRate,
          partials: true,
          signal,
        })
      } catch (error) {
        if (signal.aborted) throw error
        this.refusals.push(toVoxbridgeError(error).code)
        await delay(retryMs, undefined, { signal })
      }
    }
  }

  /** @returns whether it ended in order. */
  async #converse(talk: Talk, { until, open }: { until: number; open: number }): Promise<boolean> {
    const { conversation, utterances } = talk
    const { clip, signal } = this.#options
    const outOfPatience = new AbortController()
    try {
      for (let left = open; left > 0 || performance.now() < until; left--) {
        signal.throwIfAborted()
        await this.#say(conversation, utterances)
      }
      const patience = performance.now() + patienceMs
      while (this.inFlight > 0 && performance.now() < patience) {
        await conversation.tell(silence(pollMs, clip.sampleRate))
      }
      const timer = setTimeout(() => outOfPatience.abort(), patienceMs)
      await conversation.close({ signal: outOfPatience.signal }).finally(() => clearTimeout(timer))
      return true
    } catch (error) {
      signal.throwIfAborted()
      // What has not come by now does not come any more.
      if (outOfPatience.signal.aborted) return true
      this.endings.push(toVoxbridgeError(error).message)
      return false
    } finally {
      conversation.client.terminate()
    }
  }

  async #say(conversation: Conversation, utterances: Utterance[]): Promise<void> {
    const { clip, name, random } = this.#options
    const speech = findSpeech(clip)
    const { startMs, startedAt } = await conversation.tell(clip)
    const speechMs = speech.endMs - speech.startMs
    utterances.push({ name, startMs, speechMs, endedAt: startedAt + speech.endMs })
    await conversation.tell(silence(between(random, leastPauseMs, mostPauseMs), clip.sampleRate))
  }

  #conversed({ conversation, utterances }: Talk, complete: boolean): Conversed {
    return { utterances, received: conversation.client.received, complete }
  }
}

function silence(ms: number, sampleRate: number): Recording {
  return { pcm: new Int16Array(Math.round((ms * sampleRate) / 1000)), sampleRate }
}
