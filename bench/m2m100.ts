/**
 * What an M2M100 costs: its encoder for a sentence, each token of the translation, memory, start; beside transformers on
 * PyTorch with the same checkpoint. All do the same work, whatever the weights: random ones of the true size will do. They
 * take turns, so that what else the machine does hits them alike.
 */
import { writeFile } from 'node:fs/promises'
import { UsageError } from '../src/cli/translate-options.ts'
import { type CancelSignal } from '../src/models/engine.ts'
import { decodeGreedily } from '../src/stages/translate/m2m100/greedy.ts'
import { M2m100Model } from '../src/stages/translate/m2m100/model.ts'
import { type TokenChoice, wordsOnly } from '../src/stages/translate/m2m100/token-choice.ts'
import { type PeerAnswer, PythonPeer } from './peers/python-peer.ts'
import { readCount, runBench } from './run-bench.ts'
import { median, rounded } from './statistics.ts'

const usage = `
usage: npm run bench:m2m100 -- --model DIR [--peer-python PYTHON --checkpoint DIR] [options]

  --model DIR          an imported M2M100 or SMaLL-100
  --peer-python PYTHON interpreter of an environment with torch and transformers in it; without it ours alone
  --checkpoint DIR     the same model as transformers loads it
  --peers LIST         precisions of the peer (int8,fp32), each in a process of its own; int8 is
                       torch.ao.quantization.quantize_dynamic
  --source-ids N       length of the sentence (14), with its language and end
  --tokens N           tokens to translate it into (20)
  --rounds N           how often each does it (10); the median counts
  --threads N          of each (1)
  --json FILE          write the result there`

interface Work {
  readonly sourceIds: readonly number[]
  readonly start: readonly number[]
  /** Tokens to generate; with 0 the sentence is only encoded. */
  readonly tokens: number
}

type Cost = Pick<PeerAnswer, 'wallMs' | 'cpuMs'>

interface Contestant {
  readonly name: string
  readonly loadMs: number
  readonly encoder: Cost[]
  readonly whole: Cost[]
  work(work: Work): Promise<Cost>
  rssMb(): number
  close(): Promise<void>
}

const never: CancelSignal = { aborted: false }

function loadOurs(model: M2m100Model, loadMs: number): Contestant {
  const { end, limit, excluded } = wordsOnly(model.description)
  // Random weights may end at any token.
  const choice: TokenChoice = { end, limit, excluded: [...excluded, end] }
  return {
    name: `ours ${model.description.precision}`,
    loadMs,
    encoder: [],
    whole: [],
    async work({ sourceIds, start, tokens }) {
      const cpu = process.cpuUsage()
      const startedAt = performance.now()
      const decoding = await model.encode([sourceIds])
      const limits = [{ maxLength: start.length + tokens, loopsAfter: Infinity }]
      if (tokens > 0) await decodeGreedily(decoding, limits, { start, choice, signal: never })
      const { user, system } = process.cpuUsage(cpu)
      return { wallMs: performance.now() - startedAt, cpuMs: (user + system) / 1000 }
    },
    rssMb: () => process.memoryUsage.rss() / 2 ** 20,
    close: () => model.close(),
  }
}

async function loadPeer(python: string, args: readonly string[], precision: string): Promise<Contestant> {
  const peer = new PythonPeer<Work>(python, 'm2m100-transformers.py', [...args, precision])
  const { wallMs } = await peer.ask({ sourceIds: [], start: [], tokens: 0 })
  return {
    name: `transformers ${precision}`,
    loadMs: wallMs,
    encoder: [],
    whole: [],
    work: (work) => peer.ask(work),
    rssMb: () => peer.rssMb,
    close: () => peer.close(),
  }
}

/** Ids of words, the same for all. */
function makeWork(model: M2m100Model, length: number, tokens: number): Work {
  const [from = '', into = ''] = ['en', 'pt'].filter((language) => language in model.description.languages)
  const direction = model.direction(from, into)
  if (!direction) throw new UsageError('the model should have English and Portuguese')
  const { vocabularyEntries, tokens: special } = model.description
  const { sourceStart, targetStart: start } = direction
  const words = Array.from(
    { length: Math.max(1, length - sourceStart.length - 1) },
    (_, index) => 4 + ((index * 7919) % (vocabularyEntries - 4)),
  )
  return { sourceIds: [...sourceStart, ...words, special.end], start, tokens }
}

function summarize(contestant: Contestant, tokens: number): Record<string, number | undefined> {
  const { encoder, whole, loadMs } = contestant
  const wall = (costs: readonly Cost[]): number => median(costs.map(({ wallMs }) => wallMs))
  const cpu = (costs: readonly Cost[]): number => median(costs.map(({ cpuMs }) => cpuMs))
  return {
    'encoder ms': rounded(wall(encoder), 1),
    'ms per token': rounded((wall(whole) - wall(encoder)) / tokens, 1),
    'sentence ms': rounded(wall(whole), 1),
    'sentence CPU ms': rounded(cpu(whole), 1),
    'RSS MB': rounded(contestant.rssMb()),
    'load s': rounded(loadMs / 1000, 1),
  }
}

await runBench(
  {
    usage,
    options: {
      model: { type: 'string' },
      'peer-python': { type: 'string' },
      checkpoint: { type: 'string' },
      peers: { type: 'string', default: 'int8,fp32' },
      'source-ids': { type: 'string', default: '14' },
      tokens: { type: 'string', default: '20' },
      rounds: { type: 'string', default: '10' },
      threads: { type: 'string', default: '1' },
      json: { type: 'string' },
    },
  },
  async (options, signal) => {
    const { model: modelDir, 'peer-python': python, checkpoint, peers, json } = options
    if (modelDir === undefined) throw new UsageError('--model DIR is needed: an imported M2M100')
    const length = readCount(options['source-ids'], '--source-ids')
    const tokens = readCount(options.tokens, '--tokens')
    const rounds = readCount(options.rounds, '--rounds')
    const threads = readCount(options.threads, '--threads')
    const startedAt = performance.now()
    const model = await M2m100Model.load(modelDir, { threads })
    const contestants = [loadOurs(model, performance.now() - startedAt)]
    try {
      if (python !== undefined) {
        if (checkpoint === undefined) throw new UsageError('--peer-python needs --checkpoint DIR')
        for (const precision of peers.split(',')) {
          contestants.push(await loadPeer(python, [checkpoint, String(threads)], precision))
        }
      }
      const work = makeWork(model, length, tokens)
      // The first run of a session is slow: it allocates.
      for (const contestant of contestants) await contestant.work(work)
      for (let round = 0; round < rounds && !signal.aborted; round++) {
        for (const contestant of contestants) {
          contestant.encoder.push(await contestant.work({ ...work, tokens: 0 }))
          contestant.whole.push(await contestant.work(work))
        }
      }
      const summary = Object.fromEntries(
        contestants.map((contestant) => [contestant.name, summarize(contestant, tokens)]),
      )
      console.log(
        `\n${work.sourceIds.length} source ids into ${tokens} tokens, ${rounds} times, ${threads} thread(s) each`,
      )
      console.table(summary)
      if (json !== undefined) await writeFile(json, `${JSON.stringify({ work, summary }, null, 2)}\n`)
    } finally {
      for (const contestant of contestants) await contestant.close()
    }
  },
)
