/** A speaker on a channel of his own who says clips in real time, one after the other, whether they are answered or not. */
import type { LoadReport, MessageOf, ServerMessage } from '../src/cli/server-messages.ts'
import { VoxbridgeError } from '../src/errors.ts'
import { collectSegments, findAnswer, isLost, matchSegments, type Utterance } from './answers.ts'
import { findSpeech } from './audible.ts'
import { Conversation } from './conversation.ts'
import { Listener } from './listener.ts'
import { between, type Random, shuffle } from './seeded-random.ts'
import type { SpokenInput } from './spoken-inputs.ts'

export interface SpeakerOptions {
  readonly server: URL
  readonly src: string
  readonly tgt: string
  readonly inputs: readonly [SpokenInput, ...SpokenInput[]]
  readonly random: Random
  readonly signal: AbortSignal
}

/** What came of one clip. */
export interface Outcome extends Utterance {
  readonly channel: number
  /** From the annotated end of the speech; undefined where nothing was to be heard after it. */
  readonly firstSoundMs: number | undefined
  readonly lost: boolean
}

const [leastPauseMs, mostPauseMs] = [1500, 2500]
/** How long the server may take to finish what it has heard. */
const patienceMs = 60_000

export class LiveSpeaker {
  readonly utterances: Utterance[] = []
  /** What ended the connection, if it did not end in order. */
  failure: string | undefined
  readonly #conversation: Conversation
  readonly #listener: Listener
  readonly #options: SpeakerOptions

  /** @throws VoxbridgeError ERR_OVERLOADED where the server takes no more channels. */
  static async open(options: SpeakerOptions): Promise<LiveSpeaker> {
    const { server, src, tgt, inputs, signal } = options
    const { sampleRate } = inputs[0].recording
    return new LiveSpeaker(
      await Conversation.open(server, { src, tgt, sampleRate, partials: true, signal }),
      options,
    )
  }

  private constructor(conversation: Conversation, options: SpeakerOptions) {
    this.#conversation = conversation
    this.#listener = Listener.to(conversation.client)
    this.#options = options
  }

  /** Talks until the moment `until`, to the end of a clip and the pause after it; begins within the first pause. */
  async talk(until: number): Promise<void> {
    const { inputs, random, signal } = this.#options
    try {
      await this.#pause(between(random, 0, mostPauseMs))
      for (let next = shuffle(inputs, random); performance.now() < until;) {
        signal.throwIfAborted()
        const input = next.pop() ?? inputs[0]
        if (next.length === 0) next = shuffle(inputs, random)
        await this.#say(input)
        await this.#pause(between(random, leastPauseMs, mostPauseMs))
      }
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Lets the server finish what it has heard. */
  async close(): Promise<void> {
    const { signal } = this.#options
    try {
      await this.#conversation.close({ signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]) })
    } catch (error) {
      this.#fail(error)
    }
  }

  outcomes(channel: number): Outcome[] {
    const segments = collectSegments(this.#conversation.client, this.#listener)
    return matchSegments(this.utterances, segments).map((answering, index) => {
      const utterance = this.utterances[index] as Utterance
      const answer = findAnswer(utterance, answering)
      return { ...utterance, channel, firstSoundMs: answer?.firstSoundMs, lost: isLost(answering) }
    })
  }

  messages<Type extends ServerMessage['type']>(type: Type): MessageOf<Type>[] {
    return this.#conversation.client.all(type)
  }

  async #say({ name, recording }: SpokenInput): Promise<void> {
    const speech = findSpeech(recording)
    const { startMs, startedAt } = await this.#conversation.tell(recording)
    const speechMs = speech.endMs - speech.startMs
    this.utterances.push({ name, startMs, speechMs, endedAt: startedAt + speech.endMs })
  }

  /** The microphone stays on. */
  async #pause(ms: number): Promise<void> {
    const { sampleRate } = this.#options.inputs[0].recording
    await this.#conversation.tell({ pcm: new Int16Array(Math.round((ms * sampleRate) / 1000)), sampleRate })
  }

  #fail(error: unknown): void {
    if (this.#options.signal.aborted) throw error
    this.failure ??= error instanceof VoxbridgeError ? `${error.message} (${error.code})` : String(error)
  }
}

/** @returns the speakers that were let in, and how many were refused */
export async function openSpeakers(
  count: number,
  optionsOf: (channel: number) => SpeakerOptions,
): Promise<{ speakers: LiveSpeaker[]; refused: number }> {
  const speakers: LiveSpeaker[] = []
  let refused = 0
  for (let channel = 0; channel < count; channel++) {
    try {
      speakers.push(await LiveSpeaker.open(optionsOf(channel)))
    } catch (error) {
      if (!(error instanceof VoxbridgeError) || error.code !== 'ERR_OVERLOADED') throw error
      refused++
    }
  }
  return { speakers, refused }
}

/** What went wrong on all of the channels, and what the server did about the load. */
export interface Incidents {
  readonly errors: number
  readonly overruns: number
  readonly droppedMs: number
  readonly partials: number
  /** What the server told of its load, each only once. */
  readonly loadLevels: readonly LoadReport['level'][]
  readonly failures: readonly string[]
}

export function countIncidents(speakers: readonly LiveSpeaker[]): Incidents {
  const all = <Type extends ServerMessage['type']>(type: Type): MessageOf<Type>[] =>
    speakers.flatMap((speaker) => speaker.messages(type))
  const overruns = all('overrun')
  return {
    errors: all('error').length,
    overruns: overruns.length,
    droppedMs: overruns.reduce((sum, { droppedMs }) => sum + droppedMs, 0),
    partials: all('transcript').filter(({ final }) => !final).length,
    loadLevels: [...new Set(all('load').map(({ level }) => level))],
    failures: speakers.flatMap(({ failure }) => failure ?? []),
  }
}
