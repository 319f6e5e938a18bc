/**
 * Word error rate and cost of the recogniser on a folder of clips, beside a peer's.
 *
 * All recognisers hear one clip before any hears the next, so that what else the machine does hits them alike; CPU
 * time says more than wall time on a busy machine. Texts are compared lower-cased, without accents and punctuation.
 *
 * usage: npm run bench:wer -- --data DIR --language en [--model DIR ...] [--threads 1] [--limit N] [--texts]
 *        [--peer-python PYTHON --peer-model DIR]   (faster-whisper on a CTranslate2 folder, beams 1 and 5)
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readConfig } from '../src/config.ts'
import { engineModule } from '../src/stages/transcribe/whisper/index.ts'
import { FasterWhisper } from './peers/faster-whisper.ts'
import { type SpeechClip, readSpeechClips } from './speech-clips.ts'
import { median, sum } from './statistics.ts'
import { countWordErrors } from './word-error-rate.ts'

interface Heard {
  readonly text: string
  readonly wallMs: number
  readonly cpuMs: number
}

interface Contestant {
  readonly name: string
  hear(samples: Float32Array, language: string): Promise<Heard>
  rssMb(): number
  close(): Promise<void>
}

async function loadOurs(modelDir: string, threads: number): Promise<Contestant> {
  const engine = await engineModule.load({ modelDirs: [modelDir], threads })
  return {
    name: engine.info.model,
    hear: async (samples, language) => {
      const cpu = process.cpuUsage()
      const startedAt = performance.now()
      let text = ''
      for await (const recognition of engine.run({ samples, language }, { signal: { aborted: false } })) {
        text = recognition.text
      }
      const { user, system } = process.cpuUsage(cpu)
      return { text, wallMs: performance.now() - startedAt, cpuMs: (user + system) / 1000 }
    },
    rssMb: () => process.memoryUsage.rss() / 2 ** 20,
    close: () => engine.close(),
  }
}

function loadPeers(python: string, modelDir: string, threads: number): Contestant[] {
  const peer = new FasterWhisper(python, modelDir, threads)
  return [1, 5].map((beam) => ({
    name: `faster-whisper int8 beam ${beam}`,
    hear: (samples, language) => peer.hear(samples, language, beam),
    rssMb: () => peer.rssMb,
    close: () => peer.close(),
  }))
}

async function compare(
  contestants: readonly Contestant[],
  clips: readonly SpeechClip[],
  language: string,
  texts: boolean,
): Promise<void> {
  const results = contestants.map((contestant) => ({ contestant, heard: [] as Heard[], errors: 0, words: 0 }))
  const [longest] = clips.toSorted((a, b) => b.samples.length - a.samples.length)
  // The first run of a session is slow: it allocates.
  if (longest) for (const contestant of contestants) await contestant.hear(longest.samples, language)
  for (const clip of clips) {
    if (texts) console.log(`${clip.file}\t${clip.text}`)
    for (const result of results) {
      const heard = await result.contestant.hear(clip.samples, language)
      const { errors, words } = countWordErrors(clip.text, heard.text)
      result.heard.push(heard)
      result.errors += errors
      result.words += words
      if (texts) console.log(`  ${result.contestant.name}\t${errors}\t${heard.text}`)
    }
  }
  console.log('recogniser\tWER %\terrors/words\twall ms median\tCPU ms median\tCPU s in all\tRSS MB')
  for (const { contestant, heard, errors, words } of results) {
    const cpuMs = heard.map((item) => item.cpuMs)
    const columns = [
      contestant.name,
      ((100 * errors) / words).toFixed(2),
      `${errors}/${words}`,
      median(heard.map(({ wallMs }) => wallMs)).toFixed(0),
      median(cpuMs).toFixed(0),
      (sum(cpuMs) / 1000).toFixed(2),
      contestant.rssMb().toFixed(0),
    ]
    console.log(columns.join('\t'))
  }
}

const { values: options } = parseArgs({
  options: {
    data: { type: 'string' },
    language: { type: 'string', default: 'en' },
    model: { type: 'string', multiple: true },
    threads: { type: 'string', default: '1' },
    limit: { type: 'string' },
    texts: { type: 'boolean', default: false },
    'peer-python': { type: 'string' },
    'peer-model': { type: 'string' },
  },
})
if (options.data === undefined) throw new Error('--data DIR is needed: WAV files with a transcripts.tsv')
const config = readConfig()
const modelDirs = options.model ?? [join(config.modelsDir, `whisper-${config.whisperModel}`)]
const threads = Number(options.threads)
const clips = (await readSpeechClips(options.data)).slice(0, Number(options.limit ?? Infinity))
const contestants = await Promise.all(modelDirs.map((modelDir) => loadOurs(modelDir, threads)))
const { 'peer-python': python, 'peer-model': peerModel } = options
if (python !== undefined && peerModel !== undefined) {
  contestants.push(...loadPeers(python, peerModel, threads))
}
try {
  await compare(contestants, clips, options.language, options.texts)
} finally {
  for (const contestant of contestants) await contestant.close()
}
