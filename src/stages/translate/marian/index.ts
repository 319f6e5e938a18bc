/** Marian student models: small, fast, one for each pair of languages. */
import { VoxbridgeError } from '../../../errors.ts'
import { type Engine, type EngineModule, type RunOptions } from '../../../models/engine.ts'
import { splitSentences } from '../sentences.ts'
import { type TranslateRequest, type TranslationResult, type TranslatorInfo } from '../translator.ts'
import { marianImporter } from './import-marian.ts'
import { MarianModel } from './model.ts'

export const engineModule: EngineModule<TranslateRequest, TranslationResult, TranslatorInfo> = {
  importers: [marianImporter],

  async load({ modelDirs, threads }) {
    const models: MarianModel[] = []
    try {
      for (const modelDir of modelDirs) models.push(await MarianModel.load(modelDir, threads))
      return new MarianEngine(models)
    } catch (error) {
      for (const model of models) await model.close()
      throw error
    }
  },
}

class MarianEngine implements Engine<TranslateRequest, TranslationResult, TranslatorInfo> {
  readonly info: TranslatorInfo
  readonly #models = new Map<string, MarianModel>()

  constructor(models: readonly MarianModel[]) {
    for (const model of models) {
      const name = pairName(model.pair)
      const other = this.#models.get(name)
      if (other !== undefined) {
        throw new VoxbridgeError(
          'ERR_CONFIG',
          `${other.pair.model} and ${model.pair.model} both translate ${name}: take the one that you imported out of the models folder`,
        )
      }
      this.#models.set(name, model)
    }
    this.info = { pairs: models.map((model) => model.pair) }
  }

  async *run(request: TranslateRequest, { signal }: RunOptions): AsyncGenerator<TranslationResult> {
    const startedAt = performance.now()
    const model = this.#models.get(pairName(request))
    if (model === undefined) {
      throw new VoxbridgeError(
        'ERR_LANGUAGE_PAIR',
        `${pairName(request)} cannot be translated; loaded are ${[...this.#models.keys()].join(', ') || 'no pairs'}`,
      )
    }
    // One after the other: sentences run as a batch would share one activation scale in int8, so that a sentence
    // would translate differently beside another neighbour.
    const sentences: { source: string; target: string }[] = []
    for (const source of splitSentences(request.text, request.source)) {
      const target = await model.translate(source, signal)
      if (target === undefined) return
      sentences.push({ source, target })
    }
    yield { sentences, model: model.pair.model, modelMs: performance.now() - startedAt }
  }

  async close(): Promise<void> {
    for (const model of this.#models.values()) await model.close()
  }
}

function pairName({ source, target }: { readonly source: string; readonly target: string }): string {
  return `${source}-${target}`
}
