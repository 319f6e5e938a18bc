/**
 * M2M100 (A. Fan et al., Beyond English-Centric Multilingual Machine Translation, 2020): one model for a hundred
 * languages. Also SMaLL-100 (A. Mohammadshahi et al., 2022), distilled from it, with a smaller decoder.
 */
import { basename } from 'node:path'
import { VoxbridgeError } from '../../../errors.ts'
import { type Engine, type EngineModule } from '../../../models/engine.ts'
import { onlyModel } from '../../../models/only-model.ts'
import { splitSentences } from '../sentences.ts'
import { type TranslateRequest, type TranslationResult, type TranslatorInfo } from '../translator.ts'
import { optimumM2m100Importer } from './import-optimum.ts'
import { sourceLanguages, targetLanguages } from './languages.ts'
import { M2m100Model } from './model.ts'

export const engineModule: EngineModule<TranslateRequest, TranslationResult, TranslatorInfo> = {
  importers: [optimumM2m100Importer],
  load: async ({ modelDirs, ...session }) => {
    const modelDir = onlyModel('m2m100', modelDirs)
    return createEngine(await M2m100Model.load(modelDir, session), basename(modelDir))
  },
}

function createEngine(
  model: M2m100Model,
  name: string,
): Engine<TranslateRequest, TranslationResult, TranslatorInfo> {
  const { languages } = model.description
  const route = { sources: sourceLanguages(languages), targets: targetLanguages(languages), model: name }
  return {
    info: { routes: [route] },
    async *run({ text, source, target }, { signal }) {
      const startedAt = performance.now()
      const direction = source === target ? undefined : model.direction(source, target)
      if (direction === undefined) {
        throw new VoxbridgeError(
          'ERR_LANGUAGE_PAIR',
          `${source}-${target} cannot be translated; ${name} has ${route.targets.join(', ')}`,
        )
      }
      const sentences = splitSentences(text, source)
      const translated = await model.translate(sentences, direction, signal)
      if (translated === undefined) return
      yield {
        sentences: sentences.map((sentence, index) => ({
          source: sentence,
          target: translated[index] ?? '',
        })),
        model: name,
        modelMs: performance.now() - startedAt,
      }
    },
    close: () => model.close(),
  }
}
