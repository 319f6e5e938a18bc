import { VoxbridgeError } from '../../errors.ts'
import type { Attempt } from '../../pipeline/attempt.ts'
import { toFailure } from '../../pipeline/failure.ts'
import type {
  ChannelSettings,
  Guess,
  Hearing,
  Passage,
  Rehearsal,
  SegmentItem,
  Speech,
  Stage,
  TextItem,
  Transcript,
  Utterance,
} from '../../pipeline/stage.ts'
import { createTiming, waitedFor } from '../../pipeline/timing.ts'
import type { RequestPriority } from '../../models/request-queue.ts'
import { type TranslationRoute, sourcesInto } from '../translate/routes.ts'
import { closedPassage } from './closed-passage.ts'
import { LocalAgreement, textOf, withoutLastMarks } from './local-agreement.ts'
import type { Recognition, Recognizer } from './recognizer.ts'

export interface TranscribeStageOptions {
  readonly recognizer: Recognizer
  /** What can be translated: with the source `auto` only languages that lead to the target are considered. */
  readonly routes: readonly TranslationRoute[]
  /** Whose requests these are, for the recogniser's scheduler. */
  readonly channel: string
  readonly signal: AbortSignal
}

/** What is known of the utterance that is being said. */
class Understanding {
  readonly agreement = new LocalAgreement()
  readonly segment: number
  /** Known once words are settled; the words of another language could not go on. */
  language: string | undefined
  /** Words that have been handed on to be translated. */
  passedWords = 0
  /** Where the speech begins that has not been handed on. */
  passedMs: number
  /** Words of the whole sentences at its beginning, where the rest is to be the next utterance. */
  sentenceWords = 0
  /** The caption as it was last told, and how many of its words were said to stay. */
  told = ''
  promisedWords = 0
  /** The answer to the last guess. */
  guessed: { readonly guess: Guess; readonly recognition: Recognition } | undefined

  constructor({ segment, startMs }: Speech) {
    this.segment = segment
    this.passedMs = startMs
  }
}

/**
 * Turns each utterance into a final transcript, and into passages to be translated. While it is said, its partial
 * transcripts grow, and passages that are closed are handed on already. A guess is recognised and remembered; its
 * rest is rehearsed by the stages behind.
 *
 * Where nothing was understood the transcript's text is empty, so that the client can close the segment.
 */
export function createTranscribeStage(options: TranscribeStageOptions): Stage<SegmentItem, TextItem> {
  const { recognizer, routes, channel, signal } = options
  const request = async (
    { samples, settings }: Speech,
    { agreement, language }: Understanding,
    { signal, priority }: { signal: AbortSignal; priority: RequestPriority },
  ): Promise<Recognition> => {
    const { prefix, draft } = agreement
    const spoken = language === undefined ? languageOf(settings, recognizer, routes) : { language }
    return recognizer.recognize({ samples, prefix, draft, ...spoken }, { signal, priority, channel })
  }

  /** What the recogniser heard so far, as a caption and as passages. */
  async function* hear(hearing: Hearing, understanding: Understanding): AsyncGenerator<TextItem> {
    const { attempt, partial } = hearing
    const { agreement } = understanding
    const recognition = await request(hearing, understanding, { signal: attempt.signal, priority: 1 })
    agreement.update(recognition.words)
    if (agreement.settled.length > 0) understanding.language ??= recognition.language
    const { language } = recognition
    const { settled, open } = agreement
    const { passedWords, passedMs } = understanding
    const closed = closedPassage(settled.slice(passedWords), hearing.endMs - passedMs)
    const closedWords = passedWords + closed
    const next = [...settled, ...open][closedWords]
    // What was promised of this utterance stays in it.
    const splits = closed > 0 && next?.startMs !== undefined && understanding.promisedWords <= closedWords
    const words = splits ? settled.slice(0, closedWords) : [...settled, ...withoutLastMarks(open)]
    const text = textOf(words)
    if (partial && text !== understanding.told) {
      understanding.told = text
      understanding.promisedWords = splits ? closedWords : settled.length
      const stable = textOf(settled.slice(0, understanding.promisedWords)).length
      yield toTranscript(hearing, { text, language, final: false, stable })
    }
    if (splits) {
      understanding.sentenceWords = closedWords
      attempt.sentenceEndMs = hearing.startMs + next.startMs
    } else if (closed > 0) {
      understanding.passedWords = closedWords
      understanding.passedMs = hearing.endMs
      // Its words ended somewhat earlier, but when is not known.
      const timing = createTiming(hearing.segment, hearing.timing.speechEndedAt, performance.now())
      const passage = textOf(settled.slice(passedWords, closedWords))
      yield toPassage({ ...hearing, timing }, { text: passage, language, final: false })
    }
  }

  async function* guess(guess: Guess, understanding: Understanding): AsyncGenerator<TextItem> {
    const { settings, speculation } = guess
    const recognition = await request(guess, understanding, { signal: speculation.signal, priority: 0 })
    const { language, modelMs, text } = recognition
    understanding.agreement.update(recognition.words)
    understanding.guessed = { guess, recognition }
    speculation.workMs += modelMs
    speculation.text = text
    const rest = untranslated(recognition, understanding)
    if (rest === '') return
    yield { type: 'rehearsal', text: rest, language, settings, speculation } satisfies Rehearsal
  }

  /** The answer to an utterance that ends with a sentence which was heard before: its words are settled. */
  function* concludeSentence(utterance: Utterance, understanding: Understanding): Generator<TextItem> {
    const { agreement, passedWords, sentenceWords } = understanding
    const language = understanding.language ?? utterance.settings.source
    const text = textOf(agreement.settled.slice(0, sentenceWords))
    yield toTranscript(utterance, { text, language, final: true, stable: text.length })
    const rest = textOf(agreement.settled.slice(passedWords, sentenceWords))
    yield toPassage(utterance, { text: rest, language, final: true })
  }

  /** The answer to an utterance: that to the guess which foresaw it, or a new one. */
  async function* conclude(utterance: Utterance, understanding: Understanding): AsyncGenerator<TextItem> {
    const since = performance.now()
    const { guessed, agreement } = understanding
    const foreseen = guessed !== undefined && guessed.guess.speculation === utterance.speculation
    const recognition = foreseen
      ? guessed.recognition
      : await request(utterance, understanding, { signal, priority: 0 })
    const { timing } = utterance
    timing.asrMs += waitedFor(recognition.modelMs, since)
    const { language } = recognition
    const text = wholeText(recognition, agreement)
    yield toTranscript(utterance, { text, language, final: true, stable: text.length })
    if (text === '') return
    yield toPassage(utterance, { text: untranslated(recognition, understanding), language, final: true })
  }

  return async function* (source) {
    let understanding: Understanding | undefined
    const about = (speech: Speech): Understanding => {
      if (understanding?.segment !== speech.segment) understanding = new Understanding(speech)
      return understanding
    }
    for await (const item of source) {
      if (item.type === 'hearing') yield* attempt(hear(item, about(item)), item.attempt)
      else if (item.type === 'guess') yield* attempt(guess(item, about(item)), item.speculation)
      else if (item.type !== 'utterance') yield item
      else {
        try {
          yield* item.endsSentence ? concludeSentence(item, about(item)) : conclude(item, about(item))
        } catch (error) {
          yield toFailure(error, item.segment, signal)
        }
      }
    }
  }
}

/** Nobody is told of what an attempt could not do: the utterance will be recognised anyway. */
async function* attempt(items: AsyncIterable<TextItem>, attempt: Attempt): AsyncGenerator<TextItem> {
  try {
    yield* items
  } catch (error) {
    if (!(error instanceof VoxbridgeError)) throw error
  } finally {
    attempt.settled = true
  }
}

/** Settled words stay even where the recogniser finds no speech in the whole. */
function wholeText({ text, words }: Recognition, { settled }: LocalAgreement): string {
  if (text === '') return textOf(settled)
  return words.length > 0 ? textOf(words) : text
}

/** What has not been handed on to be translated. */
function untranslated({ text, words }: Recognition, { agreement, passedWords }: Understanding): string {
  if (text === '') return textOf(agreement.settled.slice(passedWords))
  return words.length > 0 ? textOf(words.slice(passedWords)) : text
}

function toTranscript(
  { segment, startMs, endMs, timing, settings }: Speech,
  heard: Pick<Transcript, 'text' | 'language' | 'final' | 'stable'>,
): Transcript {
  return { type: 'transcript', segment, startMs, endMs, timing, settings, ...heard }
}

function toPassage(
  { segment, timing, settings }: Pick<Speech, 'segment' | 'timing' | 'settings'>,
  heard: Pick<Passage, 'text' | 'language' | 'final'>,
): Passage {
  return { type: 'passage', segment, timing, settings, ...heard }
}

/** The languages of the request; the target is among the candidates since a speaker may already use it. */
function languageOf(
  { source, target }: ChannelSettings,
  { info }: Recognizer,
  routes: readonly TranslationRoute[],
): { language: string; candidates?: string[] } {
  if (source !== 'auto') return { language: source }
  const candidates = [...sourcesInto(routes, target), target].filter((language) =>
    info.languages.includes(language),
  )
  return { language: source, candidates }
}
