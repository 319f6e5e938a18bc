/**
 * Compares an imported M2M100 with what transformers makes of the same sentences: source ids, ids of the greedy
 * translation and with 5 beams, and logits where they are given.
 *
 * usage: npm run bench:m2m100-golden -- --model DIR --rows FILE
 *
 * The model should be imported with precision=fp32. FILE holds {"head": {"maxLength"}, "rows": [{"source", "target",
 * "text", "sourceIds", "greedy", "beam5"}], "logits": [{"row", "decoderIds", "first16"}]}, with all ids, those at the
 * start too; `first16` are the first logits after each of `decoderIds`.
 */
import { readFile } from 'node:fs/promises'
import { type CancelSignal } from '../src/models/engine.ts'
import { searchBeams } from '../src/stages/translate/m2m100/beam-search.ts'
import { decodeGreedily } from '../src/stages/translate/m2m100/greedy.ts'
import { type Direction, M2m100Model } from '../src/stages/translate/m2m100/model.ts'
import { type TokenChoice } from '../src/stages/translate/m2m100/token-choice.ts'
import { UsageError } from '../src/cli/translate-options.ts'
import { runBench } from './run-bench.ts'

interface GoldenFile {
  readonly head: { readonly maxLength: number }
  readonly rows: readonly GoldenRow[]
  readonly logits?: readonly GoldenLogits[]
}

interface GoldenRow {
  readonly source: string
  readonly target: string
  readonly text: string
  readonly sourceIds: readonly number[]
  readonly greedy: readonly number[]
  readonly beam5: readonly number[]
}

interface GoldenLogits {
  readonly row: number
  readonly decoderIds: readonly number[]
  readonly first16: readonly (readonly number[])[]
}

const never: CancelSignal = { aborted: false }

/** Ids of a row without those at its start and the end. */
function between(ids: readonly number[], { targetStart }: Direction, end: number): readonly number[] {
  return ids.slice(targetStart.length, ids.at(-1) === end ? -1 : undefined)
}

function isSame(left: readonly number[] | undefined, right: readonly number[]): boolean {
  return left?.join() === right.join()
}

async function compareRow(
  model: M2m100Model,
  row: GoldenRow,
  maxLength: number,
): Promise<Record<string, boolean>> {
  const { end } = model.description.tokens
  const direction = model.direction(row.source, row.target)
  if (!direction) throw new UsageError(`the model does not translate ${row.source} into ${row.target}`)
  // As transformers chooses when nobody tells it otherwise.
  const choice: TokenChoice = { end, limit: Infinity, excluded: [] }
  const options = { start: direction.targetStart, choice, signal: never }
  const limits = [{ maxLength, loopsAfter: Infinity }]
  const greedy = await decodeGreedily(await model.encode([row.sourceIds]), limits, options)
  const beams = await searchBeams(await model.encode([row.sourceIds]), { ...options, beams: 5, maxLength })
  return {
    'source ids': isSame([...direction.sourceStart, ...model.tokenizer.encode(row.text), end], row.sourceIds),
    greedy: isSame(greedy?.[0], between(row.greedy, direction, end)),
    '5 beams': isSame(beams, between(row.beam5, direction, end)),
  }
}

/** The largest difference of the logits. */
async function compareLogits(
  model: M2m100Model,
  { rows, logits = [] }: GoldenFile,
): Promise<number | undefined> {
  const differences: number[] = []
  for (const { row, decoderIds, first16 } of logits) {
    const decoding = await model.encode([rows[row]?.sourceIds ?? []])
    const { data, dims } = await decoding.read([decoderIds])
    const size = dims.at(-1) ?? 0
    for (const [position, expected] of first16.entries()) {
      const actual = (data as Float32Array).subarray(position * size)
      differences.push(...expected.map((value, index) => Math.abs(value - (actual[index] ?? NaN))))
    }
  }
  return differences.length === 0 ? undefined : Math.max(...differences)
}

const usage = 'usage: npm run bench:m2m100-golden -- --model DIR --rows FILE'

await runBench(
  { usage, options: { model: { type: 'string' }, rows: { type: 'string' } } },
  async ({ model: modelDir, rows: file }, signal) => {
    if (modelDir === undefined || file === undefined) throw new UsageError(usage)
    const golden = JSON.parse(await readFile(file, 'utf8')) as GoldenFile
    const model = await M2m100Model.load(modelDir, { threads: 1 })
    try {
      const equal = new Map<string, number>()
      for (const [index, row] of golden.rows.entries()) {
        if (signal.aborted) return
        for (const [what, same] of Object.entries(await compareRow(model, row, golden.head.maxLength))) {
          equal.set(what, (equal.get(what) ?? 0) + Number(same))
          if (!same) console.log(`row ${index}, ${row.source}-${row.target}, ${what} differ: ${row.text}`)
        }
      }
      for (const [what, count] of equal) console.log(`${what}: ${count} of ${golden.rows.length} rows equal`)
      const difference = await compareLogits(model, golden)
      if (difference !== undefined) console.log(`logits: at most ${difference.toExponential(1)} apart`)
    } finally {
      await model.close()
    }
  },
)
