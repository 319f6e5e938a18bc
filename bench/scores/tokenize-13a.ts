import { splitWords, trimEnd } from './python-text.ts'

const steps: readonly (readonly [RegExp, string])[] = [
  [/([{-~[-` -&(-+:-@/])/g, ' $1 '],
  [/([^0-9])([.,])/gu, '$1 $2 '],
  [/([.,])([^0-9])/gu, ' $1 $2'],
  [/([0-9])(-)/g, '$1 $2 '],
]

/**
 * The tokens of a line as mteval-v13a.pl makes them, the tokenizer `13a` of sacrebleu
 * (sacrebleu/tokenizers/tokenizer_13a.py).
 */
export function tokenize13a(line: string): string[] {
  const plain = trimEnd(line)
    .replaceAll('<skipped>', '')
    .replaceAll('-\n', '')
    .replaceAll('\n', ' ')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
  return splitWords(steps.reduce((text, [pattern, spaced]) => text.replace(pattern, spaced), ` ${plain} `))
}
