/**
 * Translates standard input line by line with the engine as the server runs it, without the worker around it, and
 * says on standard error what it cost. For BLEU: give the output to sacrebleu.
 *
 *     npx tsc -p bench && node dist-bench/bench/translate-lines.js --source en --target pt < in > out
 */
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { readConfig } from '../src/config.ts'
import { engineModule } from '../src/stages/translate/marian/index.ts'
import { quantile, sum } from './statistics.ts'

const { values } = parseArgs({
  options: {
    source: { type: 'string', default: 'en' },
    target: { type: 'string', default: 'pt' },
    /** Folder of an imported model; the installed one of the pair when left out. */
    model: { type: 'string' },
    threads: { type: 'string', default: '1' },
  },
})
const { source, target, threads } = values
const modelDir = values.model ?? join(readConfig().modelsDir, `marian-${source}-${target}`)

const loadStartedAt = performance.now()
const engine = await engineModule.load({ modelDirs: [modelDir], threads: Number(threads) })
const loadMs = performance.now() - loadStartedAt

const lineMs: number[] = []
const cpuBefore = process.cpuUsage()
for await (const text of createInterface({ input: process.stdin })) {
  const startedAt = performance.now()
  for await (const { sentences } of engine.run({ text, source, target }, { signal: { aborted: false } })) {
    lineMs.push(performance.now() - startedAt)
    const translation = sentences.map((sentence) => sentence.target).join(' ')
    if (!process.stdout.write(`${translation}\n`)) await once(process.stdout, 'drain')
  }
}
const cpu = process.cpuUsage(cpuBefore)
await engine.close()

console.error(
  [
    `${lineMs.length} lines`,
    `mean ${(sum(lineMs) / lineMs.length).toFixed(2)} ms`,
    `p50 ${quantile(lineMs, 0.5).toFixed(2)} ms`,
    `p95 ${quantile(lineMs, 0.95).toFixed(2)} ms`,
    `CPU ${((cpu.user + cpu.system) / 1000 / lineMs.length).toFixed(2)} ms`,
    `load ${loadMs.toFixed(0)} ms`,
    `RSS ${(process.memoryUsage.rss() / 2 ** 20).toFixed(0)} MiB`,
  ].join(', '),
)
