/**
 * What tells the end of an utterance from a pause inside of it: the text's closing mark, the melody (Smart Turn), or
 * both. Every pause of 96 ms and more in the clips is judged as a conversation would judge it, from the audio up to
 * there.
 */
import { join } from 'node:path'
import { readConfig } from '../src/config.ts'
import type { EngineModule } from '../src/models/engine.ts'
import { closesSentence, finishedProbability } from '../src/stages/segment/patience.ts'
import { blockMs, blockSamples, loadSilero, type VoiceDetector } from '../src/stages/segment/silero.ts'
import { engineModule as smartTurn } from '../src/stages/segment/smart-turn/index.ts'
import { engineModule as whisper } from '../src/stages/transcribe/whisper/index.ts'
import { runBench } from './run-bench.ts'
import { readSpeechClips, type SpeechClip } from './speech-clips.ts'

const usage = `
usage: npm run bench:turns -- --data DIR --language LANG

  --data DIR        recordings of whole sentences: WAV files of 8 or 16 kHz with a transcripts.tsv
  --language LANG   what is spoken in them (en)
`

const silenceThreshold = 0.35
const speechThreshold = 0.5
const guessBlocks = 3
const silenceAfterMs = 1000

interface Pause {
  /** Undefined at the end of the clip. */
  readonly lengthMs: number | undefined
  readonly text: string
  readonly closed: boolean
  readonly finished: boolean
}

/** @returns the probability of speech of each block of the audio. */
async function judgeBlocks(samples: Float32Array, vad: VoiceDetector): Promise<number[]> {
  const stream = vad.createStream()
  const probabilities: number[] = []
  for (let start = 0; start + blockSamples <= samples.length; start += blockSamples) {
    probabilities.push(await stream.probability(samples.subarray(start, start + blockSamples)))
  }
  return probabilities
}

/** The places where there has been silence for `guessBlocks` blocks: where it began and how long it lasts. */
function findPauses(probabilities: readonly number[]): { at: number; blocks: number | undefined }[] {
  const first = probabilities.findIndex((probability) => probability >= speechThreshold)
  if (first === -1) return []
  const pauses: { at: number; blocks: number | undefined }[] = []
  for (let at = first; at < probabilities.length;) {
    const next = probabilities.findIndex(
      (probability, index) => index >= at && probability >= silenceThreshold,
    )
    const end = next === -1 ? probabilities.length : next
    if (end - at >= guessBlocks) pauses.push({ at, blocks: next === -1 ? undefined : end - at })
    at = end + 1
  }
  return pauses
}

async function ask<Request, Item>(
  engine: { run: (request: Request, options: { signal: { aborted: boolean } }) => AsyncIterable<Item> },
  request: Request,
): Promise<Item> {
  for await (const item of engine.run(request, { signal: { aborted: false } })) return item
  throw new Error('the engine gave no answer')
}

const load = <Request, Item, Info>(module: EngineModule<Request, Item, Info>, name: string) =>
  module.load({ modelDirs: [join(readConfig().modelsDir, name)], threads: 1 })

function report(pauses: readonly Pause[]): void {
  const rules: Record<string, (pause: Pause) => boolean> = {
    'text is closed': ({ closed }) => closed,
    'melody is finished': ({ finished }) => finished,
    both: ({ closed, finished }) => closed && finished,
    either: ({ closed, finished }) => closed || finished,
  }
  const ends = pauses.filter(({ lengthMs }) => lengthMs === undefined)
  const inner = pauses.filter(({ lengthMs }) => lengthMs !== undefined)
  const count = (of: readonly Pause[], rule: (pause: Pause) => boolean): string =>
    `${of.filter(rule).length} of ${of.length}`
  console.table(
    Object.fromEntries(
      Object.entries(rules).map(([name, rule]) => [
        name,
        { 'ends found': count(ends, rule), 'inner pauses taken for ends': count(inner, rule) },
      ]),
    ),
  )
  for (const { lengthMs, closed, finished, text } of inner) {
    const signs = [closed && 'closed', finished && 'finished'].filter(Boolean).join(', ') || 'neither'
    console.log(`inner pause of ${lengthMs} ms (${signs}): ${text}`)
  }
}

await runBench(
  { usage, options: { data: { type: 'string' }, language: { type: 'string', default: 'en' } } },
  async ({ data = '', language }, signal) => {
    const config = readConfig()
    const vad = await loadSilero(join(config.modelsDir, 'silero-vad'))
    const recognizer = await load(whisper, `whisper-${config.whisperModel}`)
    const detector = await load(smartTurn, 'smart-turn')
    const judge = async ({ samples }: SpeechClip): Promise<Pause[]> => {
      const audio = new Float32Array(samples.length + silenceAfterMs * 16)
      audio.set(samples)
      const pauses: Pause[] = []
      for (const { at, blocks } of findPauses(await judgeBlocks(audio, vad))) {
        const heard = audio.slice(0, (at + guessBlocks) * blockSamples)
        const { text } = await ask(recognizer, { samples: heard.slice(), language })
        const { probability } = await ask(detector, { samples: heard })
        const finished = probability >= finishedProbability
        const lengthMs = blocks === undefined ? undefined : blocks * blockMs
        pauses.push({ lengthMs, text, closed: closesSentence(text), finished })
      }
      return pauses
    }
    try {
      const pauses: Pause[] = []
      for (const clip of await readSpeechClips(data)) {
        signal.throwIfAborted()
        pauses.push(...(await judge(clip)))
      }
      report(pauses)
    } finally {
      await Promise.all([vad.close(), recognizer.close(), detector.close()])
    }
  },
)
