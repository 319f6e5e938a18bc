/**
 * Splits text into sentences. `Intl.Segmenter` finds the candidates (Unicode Annex 29); it knows no abbreviations, so
 * what it cuts behind "Dr." or "J." is joined again.
 */

/** Abbreviations that stand before the word they belong to, in lower case, without their last dot. */
const abbreviations: Readonly<Record<string, string>> = {
  en: 'mr mrs ms mx messrs dr prof rev hon gov sen rep gen col maj capt lt sgt st mt ft vs cf e.g i.e approx dept est fig no vol pp',
  pt: 'sr sra srta srs sras dr dra drs prof profa exmo exma ilmo ilma d dom av r al eng arq cap cel gen ten sto sta p.ex ex pág págs pag nº no núm art fig vol tel aprox',
  es: 'sr sra srta sres sras dr dra dres prof profa d dña ud uds vd av avda c ing arq lic gral cap cnel tte sto sta p.ej ej pág págs núm n.º no ee art fig vol tel aprox',
  fr: 'm mm mme mmes mlle dr pr me st ste av bd p.ex ex cf env no vol fig',
  de: 'hr fr dr prof ing dipl st str nr z.b d.h u.a v.a bzw ca vgl abb bd evtl ggf inkl',
  it: 'sig sigg sig.ra dott dott.ssa dr prof prof.ssa ing avv arch on geom p.es es cfr pag art fig vol n tel',
}

/** Words that open a sentence rather than follow initials as in "U.S. Army". */
const openers: Readonly<Record<string, string>> = {
  en: 'the a an he she it we they you i this that these those there but and so in on at if when what who where why how his her its our their my your not no yes',
  pt: 'o a os as um uma ele ela eles elas eu nós você vocês isto isso este esta esse essa mas e então em no na se quando que quem onde por como não sim',
  es: 'el la los las un una él ella ellos ellas yo nosotros usted ustedes esto eso este esta ese esa pero y entonces en si cuando qué quién dónde por cómo no sí',
}

const words = (list: string | undefined): ReadonlySet<string> => new Set(list?.split(' ') ?? [])
const abbreviationSets = new Map(Object.entries(abbreviations).map(([code, list]) => [code, words(list)]))
const openerSets = new Map(Object.entries(openers).map(([code, list]) => [code, words(list)]))
const none: ReadonlySet<string> = new Set()

/**
 * @param language ISO 639-1 code of the text.
 * @returns sentences without the space around them, in order. Everything of the text but that space is in one of
 *   them; text without a letter or digit has none.
 */
export function splitSentences(text: string, language: string): readonly string[] {
  const segmenter = new Intl.Segmenter(language, { granularity: 'sentence' })
  const sentences: string[] = []
  let pending = ''
  for (const { index, segment } of segmenter.segment(withSentenceCase(text))) {
    const original = text.slice(index, index + segment.length)
    if (pending !== '' && !belongsTogether(pending, original, language)) {
      sentences.push(pending.trim())
      pending = ''
    }
    pending += original
  }
  sentences.push(pending.trim())
  return sentences.filter((sentence) => /[\p{L}\p{N}]/u.test(sentence))
}

/** Text all in lower case has no other mark of a sentence's start than the stop before it. */
function withSentenceCase(text: string): string {
  if (/\p{Lu}/u.test(text)) return text
  return text.replace(/(?<=\p{L}{2}[.] +)\p{Ll}/gu, (letter) => {
    const capital = letter.toUpperCase()
    // Positions must stay those of the text.
    return capital.length === letter.length ? capital : letter
  })
}

function belongsTogether(before: string, after: string, language: string): boolean {
  // A mark of a list ("1."), an opening dash; then closing marks and emoji on their own.
  if (!/\p{L}/u.test(before) && !/[?!]/.test(before)) return true
  if (!/[\p{L}\p{N}]/u.test(after)) return true
  if (/[\n\r\u2028\u2029]\s*$/u.test(before)) return false
  // A stop within a web address.
  if (!/\s$/u.test(before) && /^[\p{Ll}\p{N}]/u.test(after)) return true
  // "Stop!" she said.
  if (/["'”’»)\]]\s*$/u.test(before) && /^\p{Ll}/u.test(after)) return true
  const last = /(\S+)\.\s*$/u.exec(before)?.[1]?.replace(/^["'“‘«([¿¡]+/u, '') ?? ''
  const next = /^[\p{L}\p{M}'’]+/u.exec(after)?.[0].toLowerCase() ?? ''
  if (abbreviationSets.get(language)?.has(last.toLowerCase()) === true) {
    // "No." and "no." are words too, unless a number follows.
    return last.toLowerCase() !== 'no' || /^\p{N}/u.test(after)
  }
  const areInitials = /^\p{Lu}(?:\.\p{Lu})*$/u.test(last)
  return areInitials && !(last === 'I' && language === 'en') && !(openerSets.get(language) ?? none).has(next)
}
