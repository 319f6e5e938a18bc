/**
 * Text as Whisper's authors compare it, so that a word error rate can be held against theirs: the normalisers of
 * https://github.com/openai/whisper/tree/main/whisper/normalizers (MIT), rule by rule in the same order.
 */
import { readFileSync } from 'node:fs'
import { EnglishNumbers } from './english-numbers.ts'
import { pythonPattern, splitWords } from './python-text.ts'

/** @param language ISO 639-1; English has rules of its own. */
export function whisperWords(text: string, language?: string): string[] {
  return splitWords(language === 'en' ? normalizeEnglish(text) : normalizeBasic(text))
}

const bracketed = /[<[][^>\]]*[>\]]/gu
const parenthesised = /\(([^)]+?)\)/gu

/** `BasicTextNormalizer`: lower case, nothing in brackets, no symbols; diacritics stay. */
export function normalizeBasic(text: string): string {
  const spoken = text.toLowerCase().replace(bracketed, '').replace(parenthesised, '')
  return splitWords(
    spoken
      .normalize('NFKC')
      .replace(/[\p{M}\p{S}\p{P}]/gu, ' ')
      .toLowerCase(),
  ).join(' ')
}

const fillers = pythonPattern(String.raw`\b(hmm|mm|mhm|mmm|uh|um)\b`)
const spacedApostrophe = pythonPattern(String.raw`\s+'`)

const replacements = (
  [
    // Contractions
    [String.raw`\bwon't\b`, 'will not'],
    [String.raw`\bcan't\b`, 'can not'],
    [String.raw`\blet's\b`, 'let us'],
    [String.raw`\bain't\b`, 'aint'],
    [String.raw`\by'all\b`, 'you all'],
    [String.raw`\bwanna\b`, 'want to'],
    [String.raw`\bgotta\b`, 'got to'],
    [String.raw`\bgonna\b`, 'going to'],
    [String.raw`\bi'ma\b`, 'i am going to'],
    [String.raw`\bimma\b`, 'i am going to'],
    [String.raw`\bwoulda\b`, 'would have'],
    [String.raw`\bcoulda\b`, 'could have'],
    [String.raw`\bshoulda\b`, 'should have'],
    [String.raw`\bma'am\b`, 'madam'],
    // Titles
    [String.raw`\bmr\b`, 'mister '],
    [String.raw`\bmrs\b`, 'missus '],
    [String.raw`\bst\b`, 'saint '],
    [String.raw`\bdr\b`, 'doctor '],
    [String.raw`\bprof\b`, 'professor '],
    [String.raw`\bcapt\b`, 'captain '],
    [String.raw`\bgov\b`, 'governor '],
    [String.raw`\bald\b`, 'alderman '],
    [String.raw`\bgen\b`, 'general '],
    [String.raw`\bsen\b`, 'senator '],
    [String.raw`\brep\b`, 'representative '],
    [String.raw`\bpres\b`, 'president '],
    [String.raw`\brev\b`, 'reverend '],
    [String.raw`\bhon\b`, 'honorable '],
    [String.raw`\basst\b`, 'assistant '],
    [String.raw`\bassoc\b`, 'associate '],
    [String.raw`\blt\b`, 'lieutenant '],
    [String.raw`\bcol\b`, 'colonel '],
    [String.raw`\bjr\b`, 'junior '],
    [String.raw`\bsr\b`, 'senior '],
    [String.raw`\besq\b`, 'esquire '],
    // Perfect tenses
    [String.raw`'d been\b`, ' had been'],
    [String.raw`'s been\b`, ' has been'],
    [String.raw`'d gone\b`, ' had gone'],
    [String.raw`'s gone\b`, ' has gone'],
    [String.raw`'d done\b`, ' had done'],
    [String.raw`'s got\b`, ' has got'],
    // What is left of contractions
    [String.raw`n't\b`, ' not'],
    [String.raw`'re\b`, ' are'],
    [String.raw`'s\b`, ' is'],
    [String.raw`'d\b`, ' would'],
    [String.raw`'ll\b`, ' will'],
    [String.raw`'t\b`, ' not'],
    [String.raw`'ve\b`, ' have'],
    [String.raw`'m\b`, ' am'],
  ] as const
).map(([source, replacement]) => [pythonPattern(source), replacement] as const)

/** Letters that no normal form takes apart. */
const plainLetters = new Map(
  Object.entries({
    ...{ œ: 'oe', Œ: 'OE', ø: 'o', Ø: 'O', æ: 'ae', Æ: 'AE', ß: 'ss', ẞ: 'SS', đ: 'd', Đ: 'D' },
    ...{ ð: 'd', Ð: 'D', þ: 'th', Þ: 'th', ł: 'l', Ł: 'L' },
  }),
)
/** Symbols that belong to numbers, until the numbers are dealt with. */
const numberSymbols = '.%$¢€£'

const numbers = new EnglishNumbers()
const americanSpelling = new Map(
  Object.entries(
    JSON.parse(readFileSync('bench/scores/american-spelling.json', 'utf8')) as Record<string, string>,
  ),
)

/** `EnglishTextNormalizer`: contractions and titles in full, numbers in digits, American spelling. */
export function normalizeEnglish(text: string): string {
  let spoken = text.toLowerCase().replace(bracketed, '').replace(parenthesised, '')
  spoken = spoken.replace(fillers, '').replace(spacedApostrophe, "'")
  for (const [pattern, replacement] of replacements) spoken = spoken.replace(pattern, replacement)
  spoken = spoken.replace(/(\d),(\d)/gu, '$1$2').replace(/\.([^0-9]|$)/gu, ' $1')
  spoken = numbers.normalize(toPlainLetters(spoken))
  spoken = splitWords(spoken)
    .map((word) => americanSpelling.get(word) ?? word)
    .join(' ')
  spoken = spoken.replace(/[.$¢€£]([^0-9])/gu, ' $1').replace(/([^0-9])%/gu, '$1 ')
  return splitWords(spoken).join(' ')
}

function toPlainLetters(text: string): string {
  return Array.from(text.normalize('NFKD'), (character) => {
    if (numberSymbols.includes(character)) return character
    const plain = plainLetters.get(character)
    if (plain !== undefined) return plain
    if (/\p{Mn}/u.test(character)) return ''
    return /[\p{M}\p{S}\p{P}]/u.test(character) ? ' ' : character
  }).join('')
}
