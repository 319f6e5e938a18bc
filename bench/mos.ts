/**
 * The quality guard of the voices: each speaks sentences that nothing was trained on, the server's own Whisper writes
 * down what it hears, DNSMOS says how it sounds, and the samples tell the rest.
 */
import { UsageError } from '../src/cli/translate-options.ts'
import { drawBars } from './charts/bar-chart.ts'
import { seriesColor } from './charts/theme.ts'
import { loadDnsmos } from './dnsmos-model.ts'
import {
  type MeasuredVoice,
  measureVoices,
  readQualitySentences,
  type SpokenSentence,
} from './mos/measure.ts'
import { formatVoiceTable, summarizeVoice } from './mos/table.ts'
import { serverOptions } from './own-server.ts'
import { showProgress } from './progress.ts'
import { readCount } from './run-bench.ts'
import type { SpokenVoice } from './server-api.ts'
import { withServer } from './setting.ts'
import { sum } from './statistics.ts'
import { type BenchResult, type Chart, defineBench, type Figure } from './suite/bench.ts'
import { languageName } from './suite/language-names.ts'
import { describeMachine } from './suite/machine.ts'
import { chooseModels, modelOptions, serverParams, serverSettings } from './suite/models.ts'
import { bootstrapSpread } from './suite/spread.ts'

const usage = `  --languages LIST  such as en,pt (all that have sentences: en, pt, es, fr, it, hi)
  --voices LIST     such as pf_dora,espeak-pt (the default voice of each language); for a model that is not loaded by
                    default, name it in TTS_MODEL
  --trials N        sentences of each language (40)
  --dnsmos FILE     sig_bak_ovr.onnx of DNSMOS (the model dnsmos of models.lock.json, fetched where need be)
  --wav DIR         keep what was spoken as WAV files`

/** Languages with 40 sentences of ours in `bench/sentences/quality`. */
const testedLanguages = ['en', 'pt', 'es', 'fr', 'it', 'hi']

function errorPercent(sentences: readonly SpokenSentence[]): number {
  const counts = sentences.map(({ errors }) => errors.characters)
  return (100 * sum(counts.map(({ errors }) => errors))) / sum(counts.map(({ of }) => of))
}

function meanOpinion(sentences: readonly SpokenSentence[]): number {
  const opinions = sentences.flatMap(({ opinion }) => opinion ?? [])
  return sum(opinions.map(({ overall }) => overall)) / opinions.length
}

interface VoiceFigures {
  /** Of characters, in percent. */
  readonly errors: Figure
  /** DNSMOS overall, 1 to 5; undefined without DNSMOS. */
  readonly opinion: Figure | undefined
}

function toFigures({ sentences }: MeasuredVoice): VoiceFigures {
  const figure = (of: (sample: readonly SpokenSentence[]) => number): Pick<Figure, 'value' | 'spread'> => ({
    value: of(sentences),
    spread: bootstrapSpread(sentences, of),
  })
  const judged = sentences.some(({ opinion }) => opinion)
  return {
    errors: { unit: '%', better: 'lower', ...figure(errorPercent) },
    opinion: judged ? { unit: '', better: 'higher', ...figure(meanOpinion) } : undefined,
  }
}

interface ScoredVoice extends VoiceFigures {
  readonly voice: SpokenVoice
}

function nameFigures(voices: readonly ScoredVoice[]): Record<string, Figure> {
  return Object.fromEntries(
    voices.flatMap(({ voice, errors, opinion }) => {
      const prefix = `${voice.language}/${voice.id}`
      const named: [string, Figure][] = [[`${prefix}/cer`, errors]]
      return opinion ? [...named, [`${prefix}/dnsmos`, opinion] as const] : named
    }),
  )
}

function drawCharts(voices: readonly ScoredVoice[]): Chart[] {
  const languages = [...new Set(voices.map(({ voice }) => voice.language))]
  const groups = (of: (voice: ScoredVoice) => Figure | undefined) =>
    languages.map((language) => ({
      name: languageName(language),
      bars: voices
        .filter(({ voice }) => voice.language === language)
        .flatMap((scored) => {
          const { id, engine } = scored.voice
          const figure = of(scored)
          return figure ? [{ name: `${id} (${engine})`, ...figure, color: seriesColor(2) }] : []
        }),
    }))
  const sheet = { footer: describeMachine(), subtitle: 'The whisker is the 95 % interval.' }
  const errors = {
    name: 'understood',
    svg: drawBars({
      ...sheet,
      title: 'Letters that Whisper misunderstands in each voice, less is better',
      unit: '%',
      groups: groups((voice) => voice.errors),
    }),
  }
  if (voices.every(({ opinion }) => !opinion)) return [errors]
  const opinions = drawBars({
    ...sheet,
    title: 'How each voice sounds, DNSMOS P.835 overall, more is better',
    unit: '',
    max: 5,
    groups: groups((voice) => voice.opinion),
  })
  return [errors, { name: 'opinion', svg: opinions }]
}

export const mosBench = defineBench({
  name: 'mos',
  title: 'how well each voice is understood, and how it sounds',
  usage,
  options: {
    ...serverOptions,
    ...modelOptions,
    languages: { type: 'string', default: testedLanguages.join(',') },
    voices: { type: 'string' },
    trials: { type: 'string', default: '40' },
    dnsmos: { type: 'string' },
    wav: { type: 'string' },
  },
  async run(values, { signal }): Promise<BenchResult | undefined> {
    const languages = readLanguages(values.languages)
    const limit = readCount(values.trials, '--trials')
    const models = await chooseModels(values.models)
    const dnsmos = await loadDnsmos(values.dnsmos, { signal })
    const measured = await withServer(
      values,
      { signal, settings: serverSettings(models) },
      async ({ api }) => {
        const voices = chooseVoices(await api.voices(), languages, values.voices?.split(','))
        const tests = await Promise.all(
          voices.map(async (voice) => ({ voice, texts: await readQualitySentences(voice.language, limit) })),
        )
        const display = showProgress(sum(tests.map(({ texts }) => texts.length)), 'sentences')
        let done = 0
        const onSentence = ({ id }: SpokenVoice): void => display.update(++done, id)
        const options = { api, dnsmos, wavDir: values.wav, onSentence, signal }
        return measureVoices(tests, options).finally(() => display.stop())
      },
    ).finally(() => dnsmos?.close())
    if (measured.length === 0) return undefined
    const scored = measured.map((result) => ({ voice: result.voice, ...toFigures(result) }))
    return {
      params: {
        ...serverParams(models),
        ...{ languages: values.languages, trials: values.trials, voices: values.voices ?? 'default' },
      },
      figures: nameFigures(scored),
      series: {},
      table: formatVoiceTable(measured),
      charts: drawCharts(scored),
      details: measured.map((result) => ({ ...result, summary: summarizeVoice(result) })),
    }
  },
})

function readLanguages(list: string): string[] {
  const languages = list.split(',')
  const unknown = languages.find((language) => !testedLanguages.includes(language))
  if (unknown === undefined) return languages
  throw new UsageError(`--languages ${unknown}: there are sentences for ${testedLanguages.join(', ')}`)
}

/** @returns the wanted voices, else the default voices, in the order of the languages. */
function chooseVoices(
  all: readonly SpokenVoice[],
  languages: readonly string[],
  wanted: readonly string[] | undefined,
): SpokenVoice[] {
  const speaking = languages.flatMap((code) => all.filter(({ language }) => language === code))
  const missing = wanted?.find((id) => !speaking.some((voice) => voice.id === id))
  if (missing !== undefined) {
    const known = speaking.map(({ id }) => id).join(', ')
    throw new UsageError(`--voices ${missing}: the server's voices for ${languages.join(', ')} are ${known}`)
  }
  return speaking.filter(({ id, default: isDefault }) => (wanted ? wanted.includes(id) : isDefault === true))
}
