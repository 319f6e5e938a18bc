/** Against what the programs that everybody uses say: sacrebleu 2.6.0, Whisper's normalisers, jiwer. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { countCharacterErrors, countWordErrors } from '../word-error-rate.ts'
import { bleuOfCounts, corpusBleu, countBleu } from './bleu.ts'
import { corpusChrf } from './chrf.ts'
import { tokenize13a } from './tokenize-13a.ts'
import { normalizeBasic, normalizeEnglish } from './whisper-text.ts'

interface Golden {
  readonly corpora: readonly {
    readonly name: string
    readonly hypotheses: readonly string[]
    readonly references: readonly string[]
    readonly bleu: number
    readonly chrf: number
  }[]
  readonly tokens: readonly (readonly [line: string, tokens: readonly string[]])[]
  readonly english: readonly (readonly [text: string, normalized: string])[]
  readonly basic: readonly (readonly [text: string, normalized: string])[]
  readonly errors: readonly {
    readonly reference: string
    readonly heard: string
    readonly language: string
    readonly wer: number
    readonly cer: number
  }[]
}

const golden = JSON.parse(readFileSync('test/fixtures/scores-golden.json', 'utf8')) as Golden

const isNear = (found: number, expected: number): boolean => Math.abs(found - expected) < 1e-6

t.test('BLEU and chrF are those of sacrebleu', async (t) => {
  for (const { name, hypotheses, references, bleu, chrf } of golden.corpora) {
    const found = { bleu: corpusBleu(hypotheses, references), chrf: corpusChrf(hypotheses, references) }
    t.ok(isNear(found.bleu, bleu), `${name}: BLEU ${found.bleu}, expected ${bleu}`)
    t.ok(isNear(found.chrf, chrf), `${name}: chrF ${found.chrf}, expected ${chrf}`)
  }
})

t.test('lines can be counted once and put together as one likes', async (t) => {
  const [{ hypotheses, references } = { hypotheses: [], references: [] }] = golden.corpora
  const counts = hypotheses.map((line, index) => countBleu(line, references[index] ?? ''))
  t.equal(bleuOfCounts(counts.slice(0, 9)), corpusBleu(hypotheses.slice(0, 9), references.slice(0, 9)))
})

t.test('tokens are those of mteval-v13a', async (t) => {
  for (const [line, tokens] of golden.tokens) t.same(tokenize13a(line), tokens, line)
})

t.test("texts become what Whisper's normalisers make of them", async (t) => {
  for (const [text, normalized] of golden.english) t.equal(normalizeEnglish(text), normalized, text)
  for (const [text, normalized] of golden.basic) t.equal(normalizeBasic(text), normalized, text)
})

t.test('word and character error rates are those of jiwer', async (t) => {
  for (const { reference, heard, language, wer, cer } of golden.errors) {
    const words = countWordErrors(reference, heard, language)
    const characters = countCharacterErrors(reference, heard, language)
    t.ok(isNear(words.errors / words.words, wer), `${heard}: ${words.errors} of ${words.words}`)
    t.ok(isNear(characters.errors / characters.characters, cer), heard)
  }
})
