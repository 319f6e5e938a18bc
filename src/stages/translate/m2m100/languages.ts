/** The languages of M2M100 and the ids of their tokens. */

type Names = Readonly<Record<string, string>>

/** In the order of their tokens, which stand right behind the vocabulary; by `language_codes` of the tokenizer. */
const codeLists: Names = {
  m2m100:
    'af am ar ast az ba be bg bn br bs ca ceb cs cy da de el en es et fa ff fi fr fy ga gd gl gu ha he hi hr ht hu ' +
    'hy id ig ilo is it ja jv ka kk km kn ko lb lg ln lo lt lv mg mk ml mn mr ms my ne nl no ns oc or pa pl ps pt ' +
    'ro ru sd si sk sl so sq sr ss su sv sw ta th tl tn tr uk ur uz vi wo xh yi yo zh zu',
  wmt21: 'en ha is ja cs ru zh de',
}

/** M2M100 names one language otherwise than ISO 639 does: Northern Sotho. */
const isoOfM2m100: Names = { ns: 'nso' }

/** Other codes of languages that M2M100 has. What is written in Nynorsk is read as Norwegian, but never written. */
const aliases: Names = { nb: 'no', ns: 'nso', fil: 'tl' }
const sourceAliases: Names = { ...aliases, nn: 'no' }

/** Token ids by ISO 639-1 code (639-3 where there is none). */
export type LanguageTokens = Readonly<Record<string, number>>

/**
 * @param codes `language_codes` of the tokenizer.
 * @param firstId the id behind the vocabulary.
 * @returns undefined where the list is unknown.
 */
export function languageTokens(codes: string, firstId: number): LanguageTokens | undefined {
  const list = Object.hasOwn(codeLists, codes) ? codeLists[codes] : undefined
  if (list === undefined) return undefined
  return Object.fromEntries(list.split(' ').map((code, index) => [isoCode(code), firstId + index]))
}

/** The ISO code of a language token such as `__pt__`, undefined where it is something else. */
export function languageOfToken(token: string): string | undefined {
  const code = /^__([a-z]{2,3})__$/.exec(token)?.[1]
  return code === undefined ? undefined : isoCode(code)
}

/** The languages that can be translated from; with the aliases of those there are. */
export function sourceLanguages(tokens: LanguageTokens): string[] {
  return withAliases(tokens, sourceAliases)
}

/** The languages that can be translated into. */
export function targetLanguages(tokens: LanguageTokens): string[] {
  return withAliases(tokens, aliases)
}

export function sourceToken(tokens: LanguageTokens, language: string): number | undefined {
  return tokenOf(tokens, language, sourceAliases)
}

export function targetToken(tokens: LanguageTokens, language: string): number | undefined {
  return tokenOf(tokens, language, aliases)
}

/** What stands between two parts of a sentence: nothing in scripts without spaces. */
export function spaceOf(language: string): string {
  return ['ja', 'km', 'lo', 'my', 'th', 'zh'].includes(language) ? '' : ' '
}

function isoCode(code: string): string {
  return isoOfM2m100[code] ?? code
}

function tokenOf(tokens: LanguageTokens, language: string, names: Names): number | undefined {
  if (Object.hasOwn(tokens, language)) return tokens[language]
  const other = Object.hasOwn(names, language) ? names[language] : undefined
  return other === undefined ? undefined : tokens[other]
}

function withAliases(tokens: LanguageTokens, names: Names): string[] {
  const others = Object.keys(names).filter((name) => tokenOf(tokens, name, names) !== undefined)
  return [...new Set([...Object.keys(tokens), ...others])]
}
