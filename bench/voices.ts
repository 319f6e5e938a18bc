/**
 * How soon voices speak, and the memory they take: the time until the first 200 ms of a clause and all of it are there,
 * for sentences of 4 and of 12 words. Each voice has a process of its own; they take turns, so that what else the
 * machine does hits them alike.
 */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { UsageError } from '../src/cli/translate-options.ts'
import { readConfig } from '../src/config.ts'
import { showProgress } from './progress.ts'
import { readCount, runBench } from './run-bench.ts'
import { type SentenceWords, sentenceWords } from './sentences/voices.ts'
import { median, quantile, rounded } from './statistics.ts'
import { MeasuredVoice, emptyProcessRssMb } from './voices-measured.ts'
import { markdownTable } from './voices-table.ts'

const usage = `
usage: npm run bench:voices -- [options]

  --models LIST     installed voices, as NAME, NAME:LANGUAGE or NAME+VOCODER, the latter for a voice of the engine
                    fastspeech2 with a HiFi-GAN in place of its own vocoder; without it those that are installed of
                    hibari-en,kokoro:pt,piper-joe-en,espeak-ng:pt,fastspeech2-pt-dora
  --rounds N        how often each says each sentence (20), after once that does not count
  --threads N       of each voice (2)
  --json FILE       write the result there too`

const usualVoices = ['hibari-en', 'kokoro:pt', 'piper-joe-en', 'espeak-ng:pt', 'fastspeech2-pt-dora']

interface Contestant {
  readonly name: string
  readonly model: string
  /** The voice's first where it is left out. */
  readonly language: string | undefined
  readonly vocoder: string | undefined
}

/** @throws UsageError */
function readContestant(name: string): Contestant {
  const [, model, language, vocoder] =
    /^([a-z0-9][\w.-]*?)(?::([a-z]{2}))?(?:\+([a-z0-9][\w.-]*))?$/i.exec(name) ?? []
  if (model !== undefined) return { name, model, language, vocoder }
  throw new UsageError(`--models: "${name}" is no NAME, NAME:LANGUAGE or NAME+VOCODER`)
}

function chooseContestants(models: string | undefined, modelsDir: string): Contestant[] {
  if (models !== undefined) return models.split(',').map(readContestant)
  const usual = usualVoices.map(readContestant)
  const installed = usual.filter(({ model }) => existsSync(join(modelsDir, model)))
  for (const { model } of usual.filter((one) => !installed.includes(one))) {
    console.error(`left out: ${model} is not installed`)
  }
  return installed
}

async function takeTurns(
  voices: readonly MeasuredVoice[],
  rounds: number,
  signal: AbortSignal,
): Promise<void> {
  const progress = showProgress(rounds, 'rounds')
  try {
    for (const voice of voices) await voice.warmUp()
    for (let round = 0; round < rounds; round++) {
      for (const words of sentenceWords) {
        for (const voice of voices) {
          signal.throwIfAborted()
          await voice.say(words)
        }
      }
      progress.update(round + 1, '')
    }
  } finally {
    progress.stop()
  }
}

function summarizeSpeed(voice: MeasuredVoice, words: SentenceWords) {
  const runs = voice.runs(words)
  const first = runs.map(({ firstMs }) => firstMs)
  const whole = runs.map(({ wholeMs }) => wholeMs)
  const audioMs = median(runs.map((run) => run.audioMs))
  return {
    voice: voice.name,
    language: voice.language,
    words,
    'first 200 ms P50': rounded(median(first), 1),
    'first 200 ms P95': rounded(quantile(first, 0.95), 1),
    'whole clause P50': rounded(median(whole), 1),
    'whole clause P95': rounded(quantile(whole, 0.95), 1),
    'audio s': rounded(audioMs / 1000, 2),
    'real-time factor': rounded(median(whole) / audioMs, 3),
  }
}

async function summarizeMemory(voice: MeasuredVoice, emptyMb: number) {
  const { peakRssMb } = await voice.memory()
  return {
    voice: voice.name,
    engine: voice.engine,
    'load ms': rounded(voice.loadMs),
    'RSS MB after load': rounded(voice.loadedRssMb - emptyMb),
    'RSS MB at most': rounded(peakRssMb - emptyMb),
  }
}

await runBench(
  {
    usage,
    options: {
      models: { type: 'string' },
      rounds: { type: 'string', default: '20' },
      threads: { type: 'string', default: '2' },
      json: { type: 'string' },
    },
  },
  async ({ models, json, ...options }, signal) => {
    const { modelsDir } = readConfig()
    const rounds = readCount(options.rounds, '--rounds')
    const threads = readCount(options.threads, '--threads')
    const contestants = chooseContestants(models, modelsDir)
    const machine = { cpu: cpus()[0]?.model ?? '', cores: cpus().length, load: rounded(loadavg()[0], 2) }
    const emptyMb = await emptyProcessRssMb()
    const voices: MeasuredVoice[] = []
    try {
      for (const { name, model, language, vocoder } of contestants) {
        const vocoderDir = vocoder === undefined ? undefined : join(modelsDir, vocoder)
        const files = { modelDir: join(modelsDir, model), vocoderDir, threads }
        voices.push(await MeasuredVoice.start(name, files, language))
      }
      await takeTurns(voices, rounds, signal)
      const speed = voices.flatMap((voice) => sentenceWords.map((words) => summarizeSpeed(voice, words)))
      const memory = []
      for (const voice of voices) memory.push(await summarizeMemory(voice, emptyMb))
      console.log(
        `${machine.cpu}, ${machine.cores} cores, load ${machine.load} before; ${rounds} rounds, ${threads} thread(s) each. Times in ms.\n`,
      )
      console.log(markdownTable(speed))
      console.log(`\nMemory beyond the ${rounded(emptyMb)} MB of an empty process with ONNX Runtime:\n`)
      console.log(markdownTable(memory))
      const result = { machine, rounds, threads, emptyMb: rounded(emptyMb), speed, memory }
      if (json !== undefined) await writeFile(json, `${JSON.stringify(result, null, 2)}\n`)
    } finally {
      for (const voice of voices) await voice.close()
    }
  },
)
