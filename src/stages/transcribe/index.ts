import { toFailure } from '../../pipeline/failure.ts'
import type {
  ChannelSettings,
  SegmentItem,
  Stage,
  TextItem,
  Transcript,
  Utterance,
} from '../../pipeline/stage.ts'
import type { LanguagePair } from '../translate/translator.ts'
import type { Recognizer } from './recognizer.ts'

export interface TranscribeStageOptions {
  readonly recognizer: Recognizer
  /** What can be translated: with the source `auto` only languages that lead to the target are considered. */
  readonly pairs: readonly LanguagePair[]
  readonly signal: AbortSignal
}

/**
 * Turns each utterance into a final transcript. Where nothing was understood its text is empty, so that the client
 * can close the segment.
 */
export function createTranscribeStage({
  recognizer,
  pairs,
  signal,
}: TranscribeStageOptions): Stage<SegmentItem, TextItem> {
  const recognize = async (utterance: Utterance): Promise<Transcript> => {
    const { segment, startMs, endMs, timing, settings } = utterance
    const { text, language, modelMs } = await recognizer.recognize(
      { samples: utterance.samples, ...languageOf(settings, recognizer, pairs) },
      { signal },
    )
    timing.asrMs += modelMs
    const stable = text.length
    return {
      type: 'transcript',
      segment,
      final: true,
      text,
      language,
      startMs,
      endMs,
      stable,
      timing,
      settings,
    }
  }

  return async function* (source) {
    for await (const item of source) {
      if (item.type !== 'utterance') {
        yield item
        continue
      }
      try {
        yield await recognize(item)
      } catch (error) {
        yield toFailure(error, item.segment, signal)
      }
    }
  }
}

/** The languages of the request; the target is among the candidates since a speaker may already use it. */
function languageOf(
  { source, target }: ChannelSettings,
  { info }: Recognizer,
  pairs: readonly LanguagePair[],
): { language: string; candidates?: string[] } {
  if (source !== 'auto') return { language: source }
  const sources = pairs.filter((pair) => pair.target === target).map((pair) => pair.source)
  const candidates = [...new Set([...sources, target])].filter((language) =>
    info.languages.includes(language),
  )
  return { language: source, candidates }
}
