/** Turns audio of any length into text: windows, their padding, and segments with times. */
import { type CancelSignal } from '../../../models/engine.ts'
import { type HeardWord, type RecognizeRequest, type Recognition } from '../recognizer.ts'
import { sampleRateHz, samplesPerPosition } from './features.ts'
import { type Generation, type GenerationOptions, generate } from './generation.ts'
import { type WhisperModel } from './model.ts'
import { secondsPerTimestamp } from './token-rules.ts'
import { toWords } from './words.ts'

/** Silence after the speech; with less, words at the end get lost. */
const paddingSamples = 2 * sampleRateHz
/** Longest stretch that is heard at once; with the padding it fills the model's 30 s. */
export const windowSamples = 28 * sampleRateHz
/** What is left after a window is heard only if it can hold a word. */
const shortestSamples = 0.2 * sampleRateHz

export interface Segment {
  readonly text: string
  readonly startMs: number
  readonly endMs: number
}

export async function transcribe(
  model: WhisperModel,
  { samples, language, candidates = [], prefix = [], draft = [] }: RecognizeRequest,
  { signal }: { signal: CancelSignal },
): Promise<Recognition> {
  const startedAt = performance.now()
  const { firstTimestamp } = model.description.tokens
  const segments: Segment[] = []
  let words: HeardWord[] = []
  const [anyLanguage = 'en'] = [...candidates, ...Object.keys(model.description.languages)]
  let heard = language === 'auto' ? undefined : language
  let noSpeechProbability = 1
  let truncated = false
  for (let from = 0; from < samples.length && !signal.aborted;) {
    const window = samples.subarray(from, from + windowSamples)
    const opening = from === 0 ? { prefix, draft } : { prefix: [], draft: [] }
    const generation = await hearWindow(model, window, { language: heard, candidates, ...opening, signal })
    heard = generation.language
    noSpeechProbability = Math.min(noSpeechProbability, generation.noSpeechProbability)
    truncated ||= generation.truncated
    const found = toSegments(generation.tokens, window.length, model)
    const isLast = from + window.length >= samples.length
    if (isLast && from === 0) words = toWords(generation.tokens, model.vocabulary, firstTimestamp)
    const usedSamples = isLast ? window.length : dropCutSegment(found, window.length)
    segments.push(...found.map((segment) => shift(segment, toMs(from))))
    from += usedSamples
    if (samples.length - from < shortestSamples) break
  }
  return {
    text: segments.map(({ text }) => text).join(' '),
    language: heard ?? anyLanguage,
    noSpeechProbability,
    segments,
    words,
    truncated,
    modelMs: performance.now() - startedAt,
  }
}

async function hearWindow(
  model: WhisperModel,
  window: Float32Array,
  options: Omit<GenerationOptions, 'speechSeconds' | 'timestamps'>,
): Promise<Generation> {
  const { audioContext } = model.description.shape
  const positions = Math.ceil((window.length + paddingSamples) / samplesPerPosition)
  const paddedPositions = model.hasFixedContext ? audioContext : Math.min(positions, audioContext)
  const mel = await model.features(window, paddedPositions * samplesPerPosition)
  const decoding = await model.encode(mel)
  const speechSeconds = window.length / sampleRateHz
  return generate(decoding, model.description, { ...options, speechSeconds, timestamps: true })
}

/** @param tokens after a prompt that ends with the timestamp 0 */
function toSegments(tokens: readonly number[], lengthSamples: number, model: WhisperModel): Segment[] {
  const { firstTimestamp } = model.description.tokens
  const segments: Segment[] = []
  let startMs = 0
  let pending: number[] = []
  const close = (endMs: number): void => {
    const text = model.vocabulary.decode(pending).trim()
    if (text !== '') segments.push({ text, startMs, endMs })
    startMs = endMs
    pending = []
  }
  for (const token of tokens) {
    if (token < firstTimestamp) pending.push(token)
    else {
      const timeMs = Math.round((token - firstTimestamp) * secondsPerTimestamp * 1000)
      close(Math.min(timeMs, toMs(lengthSamples)))
    }
  }
  close(toMs(lengthSamples))
  return segments
}

/**
 * The last segment of a window in the middle of the audio may have been cut in a word. It is taken away, to be heard
 * again from its start, unless that would give up more than half of the window.
 * @returns how many samples of the window are done with
 */
function dropCutSegment(segments: Segment[], windowLengthSamples: number): number {
  const startSamples = Math.round(((segments.at(-1)?.startMs ?? 0) * sampleRateHz) / 1000)
  if (startSamples < windowLengthSamples / 2) return windowLengthSamples
  segments.pop()
  return startSamples
}

function shift({ text, startMs, endMs }: Segment, byMs: number): Segment {
  return { text, startMs: startMs + byMs, endMs: endMs + byMs }
}

function toMs(lengthSamples: number): number {
  return Math.round((lengthSamples * 1000) / sampleRateHz)
}
