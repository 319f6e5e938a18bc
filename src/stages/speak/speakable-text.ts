/**
 * Prepares a written text for a phonemizer: takes out what nobody would read aloud (markup, emoji, the tail of an
 * address, letters of a foreign script) and spells what espeak-ng reads wrongly (amounts of money, hours).
 * Numbers stay: the phonemizer reads them in its language.
 */

/**
 * @param language ISO 639-1 code.
 * @returns one line; empty where nothing can be spoken.
 */
export function speakableText(text: string, language: string): string {
  const spelled = spellHours(spellMoney(withoutMarkup(text), language), language)
  const clean = withoutForeignLetters(spelled.normalize('NFC'), language)
    .replace(/[‘’ʼ`´]/gu, "'")
    .replace(/\s[-–]+\s|[―–]|--+/gu, ' — ')
    .replace(/\.{3,}/gu, '…')
    .replace(unspoken, ' ')
    .replace(endlessWord, '$& ')
    .replace(/\s+/gu, ' ')
    .trim()
  return /[\p{L}\p{N}]/u.test(clean) ? clean : ''
}

/** Emoji and pictures with their joiners, symbols of no spoken name, brackets, control and invisible characters. */
const unspoken =
  /[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}\u200d\ufe0e\ufe0f\u20e3]|[\p{C}\p{Z}]|[*_~^|\\<>{}[\]#♪♫•·†‡§¶©®™°]/gu

/** espeak-ng loses the end of words that are longer than any real one. */
const endlessWord = /\S{80}/gu

function withoutMarkup(text: string): string {
  return text
    .replace(/<\/?[a-z][^<>]*>/giu, ' ')
    .replace(/&(?:nbsp|#\d+);/gu, ' ')
    .replace(/&amp;/gu, '&')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/gu, '$1')
    .replace(/\b(?:https?|ftp):\/\/(?:www\.)?([^\s/?#:]+)[^\s]*?(?=[.,;:!?)]*(?:\s|$))/giu, '$1')
    .replace(/\bwww\.([^\s/?#]+)[^\s]*?(?=[.,;:!?)]*(?:\s|$))/giu, '$1')
}

const currencyNames: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  en: { $: 'dollars', US$: 'dollars', R$: 'reais', '€': 'euros', '£': 'pounds', '¥': 'yen' },
  pt: { $: 'dólares', US$: 'dólares', R$: 'reais', '€': 'euros', '£': 'libras', '¥': 'ienes' },
  es: { $: 'dólares', US$: 'dólares', R$: 'reales', '€': 'euros', '£': 'libras', '¥': 'yenes' },
  fr: { $: 'dollars', US$: 'dollars', R$: 'reals', '€': 'euros', '£': 'livres', '¥': 'yens' },
}

/** espeak-ng reads "$9.99" as "dollar nine point nine nine"; the name belongs after the amount. */
function spellMoney(text: string, language: string): string {
  const names = currencyNames[language]
  if (!names) return text
  const spell = (match: string, symbol: string, amount: string): string =>
    names[symbol] === undefined ? match : `${amount} ${names[symbol]}`
  return text
    .replace(/(US\$|R\$|[$€£¥])\s?(\d+(?:[.,]\d+)*)/gu, spell)
    .replace(/(\d+(?:[.,]\d+)*)\s?([$€£¥])/gu, (match, amount: string, symbol: string) =>
      spell(match, symbol, amount),
    )
}

const hourNames: Readonly<Record<string, readonly [hours: string, and: string]>> = {
  pt: ['horas', 'e'],
  fr: ['heures', ''],
}

/** "7h30" and "19h" as they are said. */
function spellHours(text: string, language: string): string {
  const names = hourNames[language]
  if (!names) return text
  const [hours, and] = names
  return text
    .replace(/\b(\d{1,2})h(\d{2})\b/gu, (_, hour: string, minutes: string) =>
      minutes === '00' ? `${hour} ${hours}` : `${hour} ${and === '' ? hours : and} ${minutes}`,
    )
    .replace(/\b(\d{1,2})h\b/gu, `$1 ${hours}`)
}

/** espeak-ng spells letters of another script one by one ("Chinese letter, Chinese letter"). */
function withoutForeignLetters(text: string, language: string): string {
  return new Intl.Locale(language).maximize().script === 'Latn'
    ? text.replace(/(?!\p{Script=Latin}|\p{Script=Common}|\p{Script=Inherited})\p{L}\p{M}*/gu, '')
    : text
}
