/**
 * Word error rate and cost of the recogniser on clips, beside a peer's.
 *
 * All recognisers hear one clip before any hears the next, so that what else the machine does hits them alike; CPU
 * time says more than wall time on a busy machine. Texts are compared as Whisper's authors do.
 */
import { drawBars } from './charts/bar-chart.ts'
import { seriesColor } from './charts/theme.ts'
import { showProgress } from './progress.ts'
import { loadRecognisers, type Recognised, type Recogniser } from './recognisers.ts'
import { readCount } from './run-bench.ts'
import { dataOptions } from './setting.ts'
import { readSpeechClips, type SpeechClip } from './speech-clips.ts'
import { recordingsFolder } from './spoken-inputs.ts'
import { median, rounded, sum } from './statistics.ts'
import { type BenchResult, defineBench, type Figure } from './suite/bench.ts'
import { languageName } from './suite/language-names.ts'
import { describeMachine } from './suite/machine.ts'
import { markdownTable } from './suite/markdown.ts'
import { modelOptions } from './suite/models.ts'
import { bootstrapSpread } from './suite/spread.ts'
import {
  type CharacterErrors,
  countCharacterErrors,
  countWordErrors,
  type WordErrors,
} from './word-error-rate.ts'

const usage = `  --languages LIST  what is spoken (en,pt); --language LANG is the same for one
  --trials N        the first N clips of each language (all)
  --models LIST     recognisers beside each other, by name; --model DIR names a folder, and may be repeated
  --threads N       of each (1)
  --texts           print what each of them heard
  --peer-python PYTHON --peer-model DIR
                    faster-whisper on a CTranslate2 folder too, with beams of 1 and 5`

interface Heard extends Recognised, WordErrors, Pick<CharacterErrors, 'characters'> {
  readonly file: string
  readonly expected: string
  readonly characterErrors: number
}

/** What one of them made of one language. */
interface Result {
  readonly recogniser: string
  readonly language: string
  readonly heard: readonly Heard[]
  readonly rssMb: number
}

async function hearAll(
  recognisers: readonly Recogniser[],
  clips: ReadonlyMap<string, readonly SpeechClip[]>,
  { texts, signal }: { readonly texts: boolean; readonly signal: AbortSignal },
): Promise<Result[]> {
  const results: (Result & { heard: Heard[]; rssMb: number })[] = []
  const progress = showProgress(sum([...clips.values()].map(({ length }) => length)), 'clips')
  let done = 0
  try {
    for (const [language, spoken] of clips) {
      const rows = recognisers.map(({ name }) => ({ recogniser: name, language, heard: [], rssMb: 0 }))
      results.push(...rows)
      await warmUp(recognisers, spoken, language)
      for (const clip of spoken) {
        signal.throwIfAborted()
        if (texts) console.log(`${clip.file}\t${clip.text}`)
        for (const [index, recogniser] of recognisers.entries()) {
          const heard = await hear(recogniser, clip, language)
          const row = results[results.length - recognisers.length + index]
          row?.heard.push(heard)
          if (row) row.rssMb = recogniser.rssMb()
          if (texts) console.log(`  ${recogniser.name}\t${heard.errors}\t${heard.text}`)
        }
        // The engine works on this thread, and Ctrl-C has to be heard.
        await new Promise(setImmediate)
        progress.update(++done, `${language} ${clip.file}`)
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    progress.stop()
  }
  return results.filter(({ heard }) => heard.length > 0)
}

/** The first run of a session is slow: it allocates. */
async function warmUp(
  recognisers: readonly Recogniser[],
  clips: readonly SpeechClip[],
  language: string,
): Promise<void> {
  const [longest] = clips.toSorted((a, b) => b.samples.length - a.samples.length)
  if (longest) for (const recogniser of recognisers) await recogniser.hear(longest.samples, language)
}

async function hear(recogniser: Recogniser, clip: SpeechClip, language: string): Promise<Heard> {
  const heard = await recogniser.hear(clip.samples, language)
  const { errors, words } = countWordErrors(clip.text, heard.text, language)
  const { errors: characterErrors, characters } = countCharacterErrors(clip.text, heard.text, language)
  return { file: clip.file, expected: clip.text, ...heard, errors, words, characterErrors, characters }
}

function wordErrorRate(heard: readonly Heard[]): number {
  return (100 * sum(heard.map(({ errors }) => errors))) / sum(heard.map(({ words }) => words))
}

function characterErrorRate(heard: readonly Heard[]): number {
  return (
    (100 * sum(heard.map(({ characterErrors }) => characterErrors))) /
    sum(heard.map(({ characters }) => characters))
  )
}

function toFigures({ recogniser, language, heard }: Result): Record<string, Figure> {
  const prefix = `${language}/${recogniser}`
  const rate = { unit: '%', better: 'lower' } as const
  const cpu = (sample: readonly Heard[]): number => median(sample.map(({ cpuMs }) => cpuMs))
  return {
    [`${prefix}/wer`]: {
      ...rate,
      value: wordErrorRate(heard),
      spread: bootstrapSpread(heard, wordErrorRate),
    },
    [`${prefix}/cer`]: {
      ...rate,
      value: characterErrorRate(heard),
      spread: bootstrapSpread(heard, characterErrorRate),
    },
    [`${prefix}/cpu`]: {
      value: cpu(heard),
      unit: 'ms',
      better: 'lower',
      spread: bootstrapSpread(heard, cpu),
    },
  }
}

function toTable(results: readonly Result[]): string {
  const rows = results.map(({ recogniser, language, heard, rssMb }) => {
    const cpuMs = heard.map((item) => item.cpuMs)
    return [
      ...[language, recogniser, heard.length],
      rounded(wordErrorRate(heard), 2),
      `${sum(heard.map(({ errors }) => errors))}/${sum(heard.map(({ words }) => words))}`,
      rounded(characterErrorRate(heard), 2),
      rounded(median(heard.map(({ wallMs }) => wallMs))),
      rounded(median(cpuMs)),
      rounded(sum(cpuMs) / 1000, 2),
      rounded(rssMb),
    ]
  })
  const errors = ['WER %', 'errors/words', 'CER %']
  const costs = ['wall ms median', 'CPU ms median', 'CPU s in all', 'RSS MB']
  return markdownTable(['language', 'recogniser', 'clips', ...errors, ...costs], rows)
}

function drawRates(results: readonly Result[]): string {
  const names = [...new Set(results.map(({ recogniser }) => recogniser))]
  const languages = [...new Set(results.map(({ language }) => language))]
  return drawBars({
    title: 'Words heard wrongly',
    subtitle: "Less is better. Texts are compared as Whisper's authors do; the whisker is the 95 % interval.",
    footer: describeMachine(),
    unit: '%',
    groups: languages.map((language) => {
      const rows = results.filter((result) => result.language === language)
      return {
        name: `${languageName(language)}, ${rows[0]?.heard.length ?? 0} clips`,
        bars: rows.map(({ recogniser, heard }) => ({
          name: recogniser,
          value: wordErrorRate(heard),
          spread: bootstrapSpread(heard, wordErrorRate),
          color: seriesColor(names.indexOf(recogniser)),
        })),
      }
    }),
  })
}

export const werBench = defineBench({
  name: 'wer',
  title: 'words that the recogniser hears wrongly, and what it costs',
  usage,
  options: {
    ...dataOptions,
    ...modelOptions,
    languages: { type: 'string', default: 'en,pt' },
    language: { type: 'string' },
    model: { type: 'string', multiple: true },
    threads: { type: 'string', default: '1' },
    trials: { type: 'string' },
    texts: { type: 'boolean', default: false },
    'peer-python': { type: 'string' },
    'peer-model': { type: 'string' },
  },
  async run(options, { signal }): Promise<BenchResult | undefined> {
    const threads = readCount(options.threads, '--threads')
    const count = options.trials === undefined ? Infinity : readCount(options.trials, '--trials')
    const languages = (options.language ?? options.languages).split(',')
    const clips = new Map<string, SpeechClip[]>()
    for (const language of languages) {
      const spoken = await readSpeechClips(recordingsFolder(options.data, language))
      clips.set(language, spoken.slice(0, count))
    }
    const { model: folders, models: names, 'peer-python': python, 'peer-model': peerModel } = options
    const recognisers = await loadRecognisers({ folders, names, python, peerModel, threads })
    try {
      const results = await hearAll(recognisers, clips, { texts: options.texts, signal })
      if (results.length === 0) return undefined
      return {
        params: {
          whisper: recognisers.map(({ name }) => name).join(','),
          ...{ languages: languages.join(','), threads: options.threads },
          ...{ trials: options.trials ?? 'all', data: options.data },
        },
        figures: Object.assign({}, ...results.map(toFigures)) as Record<string, Figure>,
        series: {},
        table: toTable(results),
        charts: [{ name: 'rates', svg: drawRates(results) }],
        details: results,
      }
    } finally {
      for (const recogniser of recognisers) await recogniser.close()
    }
  },
})
