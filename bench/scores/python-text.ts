/** Text as Python sees it, where scores have to be what a Python program says they are. */

/** What `str.isspace` and `\s` of Python take for white space; JavaScript's `\s` differs at the edges. */
const whitespace = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'
const whitespaceRun = new RegExp(`[${whitespace}]+`, 'u')
const trailingWhitespace = new RegExp(`[${whitespace}]+$`, 'u')
const letter = '[\\p{L}\\p{N}_]'

/** As `str.split()`. */
export function splitWords(text: string): string[] {
  return text.split(whitespaceRun).filter((word) => word !== '')
}

/** As `str.rstrip()`. */
export function trimEnd(text: string): string {
  return text.replace(trailingWhitespace, '')
}

/** A global pattern in which `\b` and `\s` mean what they mean in Python: letters and spaces of any language. */
export function pythonPattern(source: string): RegExp {
  const edge = `(?:(?<=${letter})(?!${letter})|(?<!${letter})(?=${letter}))`
  return new RegExp(source.replaceAll('\\b', edge).replaceAll('\\s', `[${whitespace}]`), 'gu')
}
