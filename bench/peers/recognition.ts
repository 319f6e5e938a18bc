/** Our recogniser beside faster-whisper on the same clips. */
import { loadRecognisers, type Recogniser } from '../recognisers.ts'
import type { SpeechClip } from '../speech-clips.ts'
import { median, sum } from '../statistics.ts'
import { untilInterrupted } from '../suite/bench.ts'
import { languageName } from '../suite/language-names.ts'
import { countWordErrors, type WordErrors } from '../word-error-rate.ts'
import { type Compared, compareAll, type Measure } from './comparison.ts'
import { contend, type ContestOptions, type Cost, cpuSeconds } from './contest.ts'
import type { Contestant } from './turns.ts'

interface Heard extends Cost {
  readonly text: string
  readonly words: WordErrors
}

export const wordErrorRate: Measure<{ readonly words: WordErrors }> = {
  name: 'word errors',
  key: 'wer',
  unit: '%',
  better: 'lower',
  digits: 2,
  of: (items) =>
    (100 * sum(items.map(({ words }) => words.errors))) / sum(items.map(({ words }) => words.words)),
}

const measures: readonly Measure<Heard>[] = [
  wordErrorRate,
  cpuSeconds,
  {
    ...{ name: 'time for a clip, median', key: 'wall', unit: 'ms', better: 'lower', digits: 0 },
    of: (items) => median(items.map(({ wallMs }) => wallMs)),
  },
]

export interface RecognitionOptions extends ContestOptions {
  /** Clips by language. */
  readonly clips: ReadonlyMap<string, readonly SpeechClip[]>
  /** Ours, by name. */
  readonly model: string
  /** Interpreter and CTranslate2 folder of faster-whisper. */
  readonly peer: { readonly python: string; readonly whisper: string } | undefined
}

export async function compareRecognition(options: RecognitionOptions): Promise<Compared[]> {
  const { clips, model, peer, threads, signal } = options
  const [ours, ...peers] = await loadRecognisers({
    folders: undefined,
    names: model,
    ...{ python: peer?.python, peerModel: peer?.whisper, threads },
  })
  if (!ours) return []
  const rows: Compared[] = []
  try {
    await untilInterrupted(signal, async () => {
      for (const [language, spoken] of clips) {
        signal.throwIfAborted()
        const rivals = peers.map((recogniser) => enter(recogniser, language))
        const runs = await contend(spoken, enter(ours, language), rivals, { ...options, unit: 'clips' })
        const task = `Recognition, ${languageName(language)}`
        rows.push(...compareAll({ task, key: `asr/${language}`, unit: 'clips', measures, ...runs }))
      }
    })
  } finally {
    for (const recogniser of [ours, ...peers]) await recogniser.close()
  }
  return rows
}

function enter(recogniser: Recogniser, language: string): Contestant<SpeechClip, Heard> {
  return {
    name: recogniser.name,
    work: async ({ samples, text }) => {
      const heard = await recogniser.hear(samples, language)
      return { ...heard, words: countWordErrors(text, heard.text, language) }
    },
  }
}
