/**
 * Captions while somebody speaks: how soon a word is shown, how much is taken back, and what the early commitment to
 * words costs against one pass over the whole clip.
 *
 * A word is said where it would be if every character of its segment took the same time (the protocol carries no times
 * of words); it is shown when it stands at its place for good. Case and punctuation do not count for that, and do count
 * as erasure.
 */
import {
  type BrokenPromise,
  type Caption,
  countErasedWords,
  countPromisedWords,
  estimateWordEndsMs,
  findBrokenPromises,
  findCommonWords,
  findShownAt,
  toWords,
} from './caption-stability.ts'
import { findSpeech } from './audible.ts'
import { Conversation } from './conversation.ts'
import { showProgress } from './progress.ts'
import { readCount, runBench } from './run-bench.ts'
import {
  type Direction,
  inSetting,
  readDirections,
  type Setting,
  settingOptions,
  settingUsage,
} from './setting.ts'
import { readInputs, type SpokenInput } from './spoken-inputs.ts'
import { type Quantiles, quantiles, rounded, sum } from './statistics.ts'
import { whisperWords } from './scores/whisper-text.ts'

const usage = `
usage: npm run bench:captions -- [--trials 24] [--directions pt-en,en-pt] [options]

  --trials N        clips of each direction (24)
  --directions LIST directions, one after the other (pt-en,en-pt)${settingUsage}`

interface Clip {
  readonly name: string
  readonly captions: string
  readonly wholePass: string
  readonly words: number
  readonly partials: number
  /** For each word, from when it was said until it was shown. */
  readonly delaysMs: readonly number[]
  readonly erasedWords: number
  readonly brokenPromises: readonly BrokenPromise[]
  readonly committedWords: number
  /** Committed words that the pass over the whole clip has otherwise or not at all. */
  readonly changedWords: number
  /** All that was shown, segment by segment. */
  readonly history: readonly (readonly Caption[])[]
}

async function measure(
  { api }: Setting,
  conversation: Conversation,
  { name, recording }: SpokenInput,
  src: string,
): Promise<Clip> {
  const { client } = conversation
  const { said, segments } = await conversation.say(recording)
  const speech = findSpeech(recording)
  const wholePass = await api.transcribe(recording, src)
  const parts = segments.flatMap((segment) => {
    const captions: Caption[] = client.received.flatMap(({ at, message }) =>
      message.type === 'transcript' && message.segment === segment
        ? { at, text: message.text, stable: message.stable, final: message.final }
        : [],
    )
    const final = client.all('transcript').find((caption) => caption.segment === segment && caption.final)
    if (!final) return []
    // The server's times include its pre-roll; no word is said outside the annotated speech.
    const startMs = Math.max(final.startMs - said.startMs, speech.startMs)
    const endMs = Math.min(final.endMs - said.startMs, speech.endMs)
    const words = toWords(final.text)
    const shownAt = findShownAt(captions)
    const delaysMs = estimateWordEndsMs(words, endMs - startMs).map(
      (wordMs, index) => (shownAt[index] ?? NaN) - (said.startedAt + startMs + wordMs),
    )
    return { captions, text: final.text, words, delaysMs, promised: countPromisedWords(captions) }
  })
  const committed = parts.flatMap(({ words, promised }) => words.map((_, index) => index < promised))
  const words = parts.flatMap((part) => part.words)
  const common = findCommonWords(words.map(normalize), whisperWords(wholePass))
  return {
    name,
    captions: parts.map(({ text }) => text).join(' '),
    wholePass,
    words: words.length,
    partials: sum(parts.map(({ captions }) => captions.filter(({ final }) => !final).length)),
    delaysMs: parts.flatMap(({ delaysMs }) => delaysMs),
    erasedWords: sum(parts.map(({ captions }) => countErasedWords(captions))),
    brokenPromises: parts.flatMap(({ captions }) => findBrokenPromises(captions)),
    committedWords: committed.filter(Boolean).length,
    changedWords: committed.filter((is, index) => is && !common[index]).length,
    history: parts.map(({ captions }) => captions),
  }
}

function normalize(word: string): string {
  return whisperWords(word).join('')
}

interface Summary {
  readonly clips: number
  readonly words: number
  readonly partials: number
  readonly shownAfterMs: Quantiles
  readonly normalizedErasure: number | undefined
  readonly brokenPromises: number
  readonly committedWords: number
  readonly changedWords: number
  readonly changedPercent: number | undefined
}

function summarize(clips: readonly Clip[]): Summary {
  const total = (count: (clip: Clip) => number): number => sum(clips.map(count))
  const [words, committedWords, changedWords] = [
    total((clip) => clip.words),
    total((clip) => clip.committedWords),
    total((clip) => clip.changedWords),
  ]
  return {
    clips: clips.length,
    words,
    partials: total(({ partials }) => partials),
    shownAfterMs: quantiles(clips.flatMap(({ delaysMs }) => delaysMs)),
    normalizedErasure: rounded(total(({ erasedWords }) => erasedWords) / words, 3),
    brokenPromises: total(({ brokenPromises }) => brokenPromises.length),
    committedWords,
    changedWords,
    changedPercent: rounded((100 * changedWords) / committedWords, 1),
  }
}

async function measureDirection(
  setting: Setting,
  { src, tgt }: Direction,
  { data, count, progress }: { data: string; count: number; progress: (note: string) => void },
): Promise<Clip[]> {
  const inputs = await readInputs({ data, language: src, count })
  const { sampleRate } = inputs[0].recording
  const { api, signal } = setting
  const conversation = await Conversation.open(api.url, { src, tgt, sampleRate, partials: true, signal })
  const clips: Clip[] = []
  for (const input of inputs) {
    clips.push(await measure(setting, conversation, input, src))
    progress(`${src}-${tgt} ${input.name}`)
  }
  await conversation.close()
  return clips
}

function print(clips: readonly Clip[]): void {
  for (const { name, captions, wholePass, brokenPromises, changedWords } of clips) {
    for (const { promised, shown } of brokenPromises) {
      console.log(`${name}: ERROR: "${promised}" was promised, then "${shown}" was shown`)
    }
    if (changedWords > 0) {
      console.log(
        `${name}: ${changedWords} committed otherwise\n  captions ${captions}\n  one pass ${wholePass}`,
      )
    }
  }
}

await runBench(
  {
    usage,
    options: {
      ...settingOptions,
      trials: { type: 'string', default: '24' },
      directions: { type: 'string', default: 'pt-en,en-pt' },
    },
  },
  async ({ trials, directions: list, ...values }, signal) => {
    const count = readCount(trials, '--trials')
    const directions = readDirections(list)
    await inSetting(values, signal, async (setting) => {
      let done = 0
      const display = showProgress(directions.length * count, 'clips')
      const progress = (note: string): void => display.update(++done, note)
      const results: { direction: string; summary: Summary; clips: Clip[] }[] = []
      try {
        for (const direction of directions) {
          const clips = await measureDirection(setting, direction, { data: values.data, count, progress })
          results.push({ direction: `${direction.src}-${direction.tgt}`, summary: summarize(clips), clips })
        }
      } finally {
        display.stop()
      }
      for (const { clips } of results) print(clips)
      console.table(
        results.map(({ direction, summary: { shownAfterMs, ...rest } }) => ({
          direction,
          'shown P50 ms': shownAfterMs.p50,
          'shown P95 ms': shownAfterMs.p95,
          ...rest,
        })),
      )
      if (results.some(({ summary }) => summary.brokenPromises > 0)) process.exitCode = 1
      return results
    })
  },
)
