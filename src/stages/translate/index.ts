import { toFailure } from '../../pipeline/failure.ts'
import type {
  Passage,
  Rehearsal,
  Stage,
  TextItem,
  TranslatedItem,
  Translation,
} from '../../pipeline/stage.ts'
import { waitedFor } from '../../pipeline/timing.ts'
import type { TranslationResult, Translator } from './translator.ts'

export interface TranslateStageOptions {
  readonly translator: Translator
  /** Whose requests these are, for the translator's scheduler. */
  readonly channel: string
  readonly signal: AbortSignal
}

/** A rehearsed passage and its translation. */
interface Rehearsed {
  readonly text: string
  readonly language: string
  readonly target: string
  readonly translated: TranslatedText
}

interface TranslatedText {
  /** One text a sentence, none of them empty. */
  readonly sentences: readonly string[]
  readonly modelMs: number
}

/**
 * Turns each passage into its translation, one item a sentence. What was said in the target language already stays as
 * it is. A rehearsed passage is translated and remembered; what the next stage can expect is its first sentence.
 */
export function createTranslateStage({
  translator,
  channel,
  signal,
}: TranslateStageOptions): Stage<TextItem, TranslatedItem> {
  const translate = async (
    { text, language, settings: { target } }: Pick<Passage, 'text' | 'language' | 'settings'>,
    signal: AbortSignal,
  ): Promise<TranslatedText> => {
    if (text === '') return { sentences: [], modelMs: 0 }
    if (language === target) return { sentences: [text], modelMs: 0 }
    const request = { text, source: language, target }
    return toText(await translator.translate(request, { signal, channel }))
  }

  return async function* (source) {
    let rehearsed: Rehearsed | undefined
    let segment = 0
    /** Clauses of the segment so far. */
    let clauses = 0

    async function* rehearse(item: Rehearsal): AsyncGenerator<Rehearsal> {
      const { text, language, settings, speculation } = item
      const translated = await translate(item, speculation.signal).catch(() => undefined)
      if (!translated || speculation.signal.aborted) return
      speculation.workMs += translated.modelMs
      rehearsed = { text, language, target: settings.target, translated }
      const [first] = translated.sentences
      if (first !== undefined) yield { ...item, text: first, language: settings.target }
    }

    async function* perform(passage: Passage): AsyncGenerator<Translation> {
      const since = performance.now()
      const ready = rehearsed && isRehearsed(passage, rehearsed) ? rehearsed.translated : undefined
      rehearsed = undefined
      const { sentences, modelMs } = ready ?? (await translate(passage, signal))
      passage.timing.mtMs += waitedFor(modelMs, since)
      if (passage.segment !== segment) clauses = 0
      segment = passage.segment
      // The last of a segment is told even where it is empty, so that the client can close the segment.
      const texts = sentences.length === 0 && passage.final ? [''] : sentences
      for (const [index, text] of texts.entries()) {
        yield toTranslation(passage, clauses++, text, passage.final && index === texts.length - 1)
      }
    }

    for await (const item of source) {
      if (item.type === 'rehearsal') yield* rehearse(item)
      else if (item.type !== 'passage') yield item
      else {
        try {
          yield* perform(item)
        } catch (error) {
          yield toFailure(error, item.segment, signal)
        }
      }
    }
  }
}

function toText({ sentences, modelMs }: TranslationResult): TranslatedText {
  const texts = sentences.map(({ target }) => target).filter((target) => target.trim() !== '')
  return { sentences: texts, modelMs }
}

function isRehearsed({ text, language, settings }: Passage, rehearsed: Rehearsed): boolean {
  return text === rehearsed.text && language === rehearsed.language && settings.target === rehearsed.target
}

function toTranslation(
  { segment, timing, settings }: Passage,
  clause: number,
  text: string,
  final: boolean,
): Translation {
  const language = settings.target
  return { type: 'translation', segment, clause, final, text, language, timing, settings }
}
