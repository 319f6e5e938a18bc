/** What the measured voices have come to, in Markdown. */
import { median, rounded, sum } from '../statistics.ts'
import { markdownTable } from '../suite/markdown.ts'
import { type ErrorCount, hearsConsonantsAlone } from './hearing-errors.ts'
import type { MeasuredVoice, SpokenSentence } from './measure.ts'

/** A longer silence at the start is heard as a delay. */
const longestOnsetMs = 50

export interface VoiceSummary {
  readonly sentences: number
  readonly cerPercent: number | undefined
  readonly werPercent: number | undefined
  /** Means of DNSMOS. */
  readonly signal: number | undefined
  readonly background: number | undefined
  readonly overall: number | undefined
  readonly onsetMedianMs: number | undefined
  readonly onsetMostMs: number | undefined
  readonly clippedSamples: number
  readonly charactersPerSecond: number | undefined
  readonly wordsPerMinute: number | undefined
  readonly audioSeconds: number | undefined
}

export function summarizeVoice({ sentences }: MeasuredVoice): VoiceSummary {
  const opinions = sentences.flatMap(({ opinion }) => opinion ?? [])
  const onsets = sentences.map(({ onsetMs }) => onsetMs)
  const speechSeconds = total(sentences, (sentence) => sentence.speechSeconds)
  const words = total(sentences, ({ text }) => text.split(/\s+/).length)
  return {
    sentences: sentences.length,
    cerPercent: errorPercent(sentences.map(({ errors }) => errors.characters)),
    werPercent: errorPercent(sentences.flatMap(({ errors }) => errors.words ?? [])),
    signal: mean(opinions.map(({ signal }) => signal)),
    background: mean(opinions.map(({ background }) => background)),
    overall: mean(opinions.map(({ overall }) => overall)),
    onsetMedianMs: rounded(median(onsets)),
    onsetMostMs: rounded(Math.max(...onsets)),
    clippedSamples: total(sentences, ({ clippedSamples }) => clippedSamples),
    charactersPerSecond: rounded(total(sentences, ({ text }) => text.length) / speechSeconds, 1),
    wordsPerMinute: rounded((60 * words) / speechSeconds),
    audioSeconds: rounded(
      total(sentences, ({ seconds }) => seconds),
      1,
    ),
  }
}

/** A row for each voice, and below it what its figures need to be understood, and what is wrong. */
export function formatVoiceTable(measured: readonly MeasuredVoice[]): string {
  const heading = [
    ...['language', 'voice', 'engine', 'sentences', 'CER %', 'WER %'],
    ...['DNSMOS signal', 'background', 'overall', 'silence at the start, median ms', 'most ms'],
    ...['clipped samples', 'characters/s', 'words/min', 'audio s'],
  ]
  const rows = measured.map((result) => {
    const { id, language, engine } = result.voice
    const { sentences, cerPercent, werPercent, signal, background, overall, ...rest } = summarizeVoice(result)
    const { onsetMedianMs, onsetMostMs, clippedSamples } = rest
    return [
      ...[language, id, engine, sentences, cerPercent, werPercent, signal, background, overall],
      ...[onsetMedianMs, onsetMostMs, clippedSamples],
      ...[rest.charactersPerSecond, rest.wordsPerMinute, rest.audioSeconds],
    ]
  })
  return [markdownTable(heading, rows), ...consonantNotes(measured), ...lateStarts(measured)].join('\n')
}

function consonantNotes(measured: readonly MeasuredVoice[]): string[] {
  const languages = new Set(measured.map(({ voice }) => voice.language).filter(hearsConsonantsAlone))
  return [...languages].map(
    (language) =>
      `${language}: CER of the consonants alone, for Whisper writes it in letters of another script.`,
  )
}

function lateStarts(measured: readonly MeasuredVoice[]): string[] {
  return measured.flatMap(({ voice, sentences }) => {
    const late = sentences.flatMap(({ onsetMs }, index) => (onsetMs > longestOnsetMs ? index + 1 : []))
    return late.length === 0
      ? []
      : `${voice.id}: more than ${longestOnsetMs} ms of silence at the start of ${late.join(', ')}.`
  })
}

function total(sentences: readonly SpokenSentence[], of: (sentence: SpokenSentence) => number): number {
  return sum(sentences.map(of))
}

function errorPercent(counts: readonly ErrorCount[]): number | undefined {
  return rounded((100 * sum(counts.map(({ errors }) => errors))) / sum(counts.map(({ of }) => of)), 1)
}

function mean(values: readonly number[]): number | undefined {
  return rounded(sum(values) / values.length, 2)
}
