import { toFailure } from '../../pipeline/failure.ts'
import type { Stage, TextItem, Transcript, Translation } from '../../pipeline/stage.ts'
import type { Translator } from './translator.ts'

export interface TranslateStageOptions {
  readonly translator: Translator
  readonly signal: AbortSignal
}

/**
 * Passes each final transcript on and adds its translation, one item a sentence. What was said in the target language
 * already stays as it is.
 */
export function createTranslateStage({
  translator,
  signal,
}: TranslateStageOptions): Stage<TextItem, TextItem> {
  const translate = async ({ text, language, settings, timing }: Transcript): Promise<string[]> => {
    if (language === settings.target) return [text]
    const request = { text, source: language, target: settings.target }
    const { sentences, modelMs } = await translator.translate(request, { signal })
    timing.mtMs += modelMs
    const targets = sentences.map(({ target }) => target).filter((target) => target.trim() !== '')
    // An empty translation is told too, so that the client can close the segment.
    return targets.length > 0 ? targets : ['']
  }

  return async function* (source) {
    for await (const item of source) {
      yield item
      if (item.type !== 'transcript' || !item.final || item.text === '') continue
      try {
        yield* toTranslations(item, await translate(item))
      } catch (error) {
        yield toFailure(error, item.segment, signal)
      }
    }
  }
}

function toTranslations(transcript: Transcript, sentences: readonly string[]): Translation[] {
  const { segment, timing, settings } = transcript
  return sentences.map((text, clause) => ({
    type: 'translation',
    segment,
    clause,
    final: clause === sentences.length - 1,
    text,
    language: settings.target,
    timing,
    settings,
  }))
}
