/**
 * Which languages can be translated into which. Sets, not pairs: a model of a hundred languages has nearly ten
 * thousand pairs.
 */

/** Each source goes into each target but itself. */
export interface TranslationRoute {
  /** ISO 639-1 codes (639-3 where there is none). */
  readonly sources: readonly string[]
  readonly targets: readonly string[]
  /** The model's name as `ready` shows it, e.g. `marian-en-pt`; two, joined by `+`, where there is a `via`. */
  readonly model: string
  /** The language in between, where no model goes all the way. */
  readonly via?: string
}

/** The best way from one language to another: routes come in the order of preference. */
export function findRoute(
  routes: readonly TranslationRoute[],
  source: string,
  target: string,
): TranslationRoute | undefined {
  if (source === target) return undefined
  return routes.find(({ sources, targets }) => sources.includes(source) && targets.includes(target))
}

/** The languages that can be translated into `target`, each once. */
export function sourcesInto(routes: readonly TranslationRoute[], target: string): string[] {
  const leading = routes.filter(({ targets }) => targets.includes(target))
  return [...new Set(leading.flatMap(({ sources }) => sources))].filter((source) => source !== target)
}

/** A pair of the route. */
export function exampleOf({ sources, targets }: TranslationRoute): { source: string; target: string } {
  const [source = ''] = sources
  return { source, target: targets.find((language) => language !== source) ?? '' }
}

/** The routes in words, e.g. `en-pt, pt-en` or `any two of de, en, pt`. */
export function describeRoutes(routes: readonly TranslationRoute[]): string {
  const words = routes.map(({ sources, targets }) => {
    const [from, into] = [sources, targets].map((languages) => [...languages].sort().join(', '))
    if (sources.length === 1 && targets.length === 1) return `${from}-${into}`
    if (!targets.every((target) => sources.includes(target))) return `${from} into ${into}`
    const only = sources.filter((source) => !targets.includes(source))
    return `any two of ${into}${only.length > 0 ? ` (and ${only.join(', ')} into them)` : ''}`
  })
  return words.join(', ') || 'none'
}
