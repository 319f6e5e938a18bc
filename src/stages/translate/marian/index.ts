/** Marian student models: small, fast, one for each pair of languages. */
import { VoxbridgeError } from '../../../errors.ts'
import { type Engine, type EngineModule, type CancelSignal, type RunOptions } from '../../../models/engine.ts'
import { type TranslationRoute, describeRoutes, findRoute } from '../routes.ts'
import { splitSentences } from '../sentences.ts'
import { type TranslateRequest, type TranslationResult, type TranslatorInfo } from '../translator.ts'
import { marianImporter } from './import-marian.ts'
import { type LanguagePair, MarianModel } from './model.ts'

export const engineModule: EngineModule<TranslateRequest, TranslationResult, TranslatorInfo> = {
  importers: [marianImporter],

  async load({ modelDirs, ...session }) {
    const models: MarianModel[] = []
    try {
      for (const modelDir of modelDirs) models.push(await MarianModel.load(modelDir, session))
      return new MarianEngine(models)
    } catch (error) {
      for (const model of models) await model.close()
      throw error
    }
  },
}

/** Where no model goes from one language to another, this one lies in between. */
const pivot = 'en'

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
    this.info = { routes: routesOf(models.map((model) => model.pair)) }
  }

  async *run(request: TranslateRequest, { signal }: RunOptions): AsyncGenerator<TranslationResult> {
    const startedAt = performance.now()
    const { source, target } = request
    const route = findRoute(this.info.routes, source, target)
    if (route === undefined) {
      throw new VoxbridgeError(
        'ERR_LANGUAGE_PAIR',
        `${pairName(request)} cannot be translated; loaded are ${describeRoutes(this.info.routes)}`,
      )
    }
    const { via, model } = route
    const sentences: { source: string; target: string }[] = []
    for (const sentence of splitSentences(request.text, source)) {
      const halfway = via === undefined ? sentence : await this.#translate(sentence, source, via, signal)
      if (halfway === undefined) return
      const translated = await this.#translate(halfway, via ?? source, target, signal)
      if (translated === undefined) return
      sentences.push({ source: sentence, target: translated })
    }
    yield { sentences, model, modelMs: performance.now() - startedAt }
  }

  async close(): Promise<void> {
    for (const model of this.#models.values()) await model.close()
  }

  /**
   * One sentence after the other: sentences run as a batch would share one activation scale in int8, so that a
   * sentence would translate differently beside another neighbour.
   * @returns undefined when cancelled
   */
  async #translate(
    text: string,
    source: string,
    target: string,
    signal: CancelSignal,
  ): Promise<string | undefined> {
    const model = this.#models.get(pairName({ source, target }))
    const translated: string[] = []
    for (const sentence of splitSentences(text, source)) {
      const result = await model?.translate(sentence, signal)
      if (result === undefined) return undefined
      translated.push(result)
    }
    return translated.join(' ')
  }
}

/** The pairs themselves, then those that two of them make by way of English. */
function routesOf(pairs: readonly LanguagePair[]): TranslationRoute[] {
  const direct = pairs.map(({ source, target, model }) => ({ sources: [source], targets: [target], model }))
  const into = pairs.filter(({ target }) => target === pivot)
  const from = pairs.filter(({ source }) => source === pivot)
  const indirect = into.flatMap((first) =>
    from
      .filter(({ target }) => target !== first.source && !findRoute(direct, first.source, target))
      .map((second) => ({
        sources: [first.source],
        targets: [second.target],
        model: `${first.model}+${second.model}`,
        via: pivot,
      })),
  )
  return [...direct, ...indirect]
}

function pairName({ source, target }: { readonly source: string; readonly target: string }): string {
  return `${source}-${target}`
}
