/** How close our translations come to people's, by BLEU and chrF as sacrebleu computes them. */
import { join } from 'node:path'
import { readConfig } from '../src/config.ts'
import type { Engine, EngineModule } from '../src/models/engine.ts'
import { loadEngineModule } from '../src/models/registry.ts'
import { installedModels } from '../src/models/installed.ts'
import type {
  TranslateRequest,
  TranslationResult,
  TranslatorInfo,
} from '../src/stages/translate/translator.ts'
import { drawBars } from './charts/bar-chart.ts'
import { seriesColor } from './charts/theme.ts'
import { type LinePairs, readLinePairs } from './line-pairs.ts'
import { showProgress } from './progress.ts'
import { readCount } from './run-bench.ts'
import { type BleuCounts, bleuOfCounts, bleuSignature, countBleu } from './scores/bleu.ts'
import { type ChrfCounts, chrfOfCounts, chrfSignature, countChrf } from './scores/chrf.ts'
import { dataOptions, type Direction, nameDirection, readDirections } from './setting.ts'
import { median, rounded, sum } from './statistics.ts'
import { type BenchResult, defineBench, type Figure } from './suite/bench.ts'
import { describeMachine } from './suite/machine.ts'
import { markdownTable } from './suite/markdown.ts'
import { type ChosenModel, chooseModels, modelOptions } from './suite/models.ts'
import { bootstrapSpread } from './suite/spread.ts'

const usage = `  --directions LIST directions, one after the other (en-pt,pt-en)
  --trials N        the first N lines of each text (all)
  --models LIST     translators beside each other; the Marian ones count as one (marian)
  --threads N       of each (1)
  --data DIR        texts, line by line, as FLORES has them: NAME.en and NAME.pt, in DIR or DIR/flores
                    (sentences of our own)`

type TranslatorEngine = Engine<TranslateRequest, TranslationResult, TranslatorInfo>

interface Contestant {
  readonly name: string
  readonly engine: TranslatorEngine
}

interface TranslatedLine {
  readonly source: string
  readonly reference: string
  readonly translation: string
  readonly ms: number
  readonly bleu: BleuCounts
  readonly chrf: ChrfCounts
}

/** One text in one direction by one translator. */
interface Translated extends Direction {
  readonly text: string
  readonly model: string
  readonly lines: readonly TranslatedLine[]
}

const marian = 'marian'

/** Without names: the Marian models that are installed. */
async function loadContestants(models: readonly ChosenModel[], threads: number): Promise<Contestant[]> {
  const { modelsDir } = readConfig()
  const installed = await installedModels(modelsDir)
  const marianDirs = installed
    .filter(({ engine }) => engine === marian)
    .map(({ name }) => join(modelsDir, name))
  const translators = models.filter(({ role }) => role === 'translator')
  const others = translators.filter(({ engine }) => engine !== marian)
  const contestants: Contestant[] = []
  if (others.length === 0 || others.length < translators.length) {
    contestants.push({ name: marian, engine: await loadTranslator(marian, marianDirs, threads) })
  }
  for (const { name, engine } of others) {
    contestants.push({ name, engine: await loadTranslator(engine, [join(modelsDir, name)], threads) })
  }
  return contestants
}

async function loadTranslator(
  engine: string,
  modelDirs: string[],
  threads: number,
): Promise<TranslatorEngine> {
  const module = (await loadEngineModule(engine)) as EngineModule<
    TranslateRequest,
    TranslationResult,
    TranslatorInfo
  >
  return module.load({ modelDirs, threads })
}

async function translateLine(
  { engine }: Contestant,
  { src, tgt }: Direction,
  source: string,
  reference: string,
): Promise<TranslatedLine> {
  const startedAt = performance.now()
  const sentences: string[] = []
  for await (const result of engine.run(
    { text: source, source: src, target: tgt },
    { signal: { aborted: false } },
  )) {
    sentences.push(...result.sentences.map(({ target }) => target))
  }
  const ms = performance.now() - startedAt
  const translation = sentences.join(' ')
  const [bleu, chrf] = [countBleu(translation, reference), countChrf(translation, reference)]
  return { source, reference, translation, ms, bleu, chrf }
}

interface Task extends Direction {
  readonly pairs: LinePairs
}

/** @returns what was done of it before Ctrl-C; contestants take turns, so that all had the same machine */
async function translateAll(
  contestants: readonly Contestant[],
  tasks: readonly Task[],
  signal: AbortSignal,
): Promise<Translated[]> {
  const progress = showProgress(sum(tasks.map(({ pairs }) => pairs.sources.length)), 'lines')
  const results: Translated[] = []
  let done = 0
  try {
    for (const { src, tgt, pairs } of tasks) {
      const lines = contestants.map((): TranslatedLine[] => [])
      contestants.forEach(({ name }, index) =>
        results.push({ src, tgt, text: pairs.name, model: name, lines: lines[index] ?? [] }),
      )
      for (const [row, source] of pairs.sources.entries()) {
        signal.throwIfAborted()
        for (const [index, contestant] of contestants.entries()) {
          lines[index]?.push(
            await translateLine(contestant, { src, tgt }, source, pairs.references[row] ?? ''),
          )
        }
        // The engines work on this thread, and Ctrl-C has to be heard.
        await new Promise(setImmediate)
        progress.update(++done, `${src}-${tgt} ${pairs.name}`)
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    progress.stop()
  }
  return results.filter(({ lines }) => lines.length > 0)
}

const bleuOf = (lines: readonly TranslatedLine[]): number => bleuOfCounts(lines.map(({ bleu }) => bleu))
const chrfOf = (lines: readonly TranslatedLine[]): number => chrfOfCounts(lines.map(({ chrf }) => chrf))

function toFigures({ src, tgt, text, model, lines }: Translated): Record<string, Figure> {
  const prefix = `${src}-${tgt}/${text}/${model}`
  const shape = { unit: '', better: 'higher' } as const
  return {
    [`${prefix}/bleu`]: { ...shape, value: bleuOf(lines), spread: bootstrapSpread(lines, bleuOf) },
    [`${prefix}/chrf`]: { ...shape, value: chrfOf(lines), spread: bootstrapSpread(lines, chrfOf) },
  }
}

function toTable(results: readonly Translated[], figures: Readonly<Record<string, Figure>>): string {
  const score = (name: string): string => {
    const { value = NaN, spread } = figures[name] ?? {}
    return spread === undefined ? value.toFixed(2) : `${value.toFixed(2)} ± ${spread.toFixed(2)}`
  }
  const rows = results.map(({ src, tgt, text, model, lines }) => {
    const prefix = `${src}-${tgt}/${text}/${model}`
    const ms = rounded(median(lines.map((line) => line.ms)), 1)
    return [`${src}-${tgt}`, text, model, lines.length, score(`${prefix}/bleu`), score(`${prefix}/chrf`), ms]
  })
  const heading = ['direction', 'text', 'model', 'lines', 'BLEU', 'chrF2', 'ms a line, median']
  return `${markdownTable(heading, rows)}\nBLEU|${bleuSignature}, chrF2|${chrfSignature}\n`
}

function drawScores(results: readonly Translated[], figures: Readonly<Record<string, Figure>>): string {
  const models = [...new Set(results.map(({ model }) => model))]
  const groupOf = ({ text, lines, ...direction }: Translated): string =>
    `${nameDirection(direction)}: ${text}, ${lines.length} lines`
  const groups = [...new Set(results.map(groupOf))]
  return drawBars({
    title: 'Translations against those of people, BLEU',
    subtitle: 'More is better. The whisker is the 95 % interval.',
    footer: `${bleuSignature}; ${describeMachine()}`,
    unit: '',
    groups: groups.map((name) => ({
      name,
      bars: results
        .filter((result) => groupOf(result) === name)
        .map(({ src, tgt, text, model }) => {
          const { value = 0, spread } = figures[`${src}-${tgt}/${text}/${model}/bleu`] ?? {}
          return { name: model, value, spread, color: seriesColor(models.indexOf(model)) }
        }),
    })),
  })
}

export const bleuBench = defineBench({
  name: 'bleu',
  title: "how close translations come to people's",
  usage,
  options: {
    ...modelOptions,
    directions: { type: 'string', default: 'en-pt,pt-en' },
    trials: { type: 'string' },
    threads: { type: 'string', default: '1' },
    ...dataOptions,
  },
  async run(
    { directions, trials, threads, data, models: names },
    { signal },
  ): Promise<BenchResult | undefined> {
    const limit = trials === undefined ? Infinity : readCount(trials, '--trials')
    const tasks: Task[] = []
    for (const { src, tgt } of readDirections(directions)) {
      for (const { name, sources, references } of await readLinePairs(data, src, tgt)) {
        const pairs = { name, sources: sources.slice(0, limit), references: references.slice(0, limit) }
        tasks.push({ src, tgt, pairs })
      }
    }
    const contestants = await loadContestants(await chooseModels(names), readCount(threads, '--threads'))
    try {
      const results = await translateAll(contestants, tasks, signal)
      if (results.length === 0) return undefined
      const figures = Object.assign({}, ...results.map(toFigures)) as Record<string, Figure>
      return {
        params: {
          directions,
          threads,
          data,
          trials: trials ?? 'all',
          mt: contestants.map(({ name }) => name).join(','),
        },
        figures,
        series: {},
        table: toTable(results, figures),
        charts: [{ name: 'scores', svg: drawScores(results, figures) }],
        details: results.map(({ lines, ...rest }) => ({
          ...rest,
          lines: lines.map(({ source, reference, translation, ms }) => ({
            source,
            reference,
            translation,
            ms,
          })),
        })),
      }
    } finally {
      for (const { engine } of contestants) await engine.close()
    }
  },
})
