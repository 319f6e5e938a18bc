/** One voice in a process of its own, and what was measured of it. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { UsageError } from '../src/cli/translate-options.ts'
import { VoxbridgeError } from '../src/errors.ts'
import { type SentenceWords, sentenceWords, voiceSentences } from './sentences/voices.ts'
import type { Answer, Command, Loaded, Memory, Run } from './voices-process.ts'

export interface VoiceFiles {
  readonly modelDir: string
  /** Of a vocoder that stands by itself, in place of the voice's own. */
  readonly vocoderDir: string | undefined
  readonly threads: number
}

/** Beside this file, compiled as it is. */
const program = new URL(
  import.meta.url.endsWith('.ts') ? 'voices-process.ts' : 'voices-process.js',
  import.meta.url,
)

class VoiceProcess {
  readonly #process: ChildProcess

  constructor() {
    this.#process = fork(program)
  }

  /** @throws VoxbridgeError with what the process says is wrong. */
  async ask<Result>(command: Command): Promise<Result> {
    const done = new AbortController()
    const { signal } = done
    try {
      const answered = once(this.#process, 'message', { signal }) as Promise<[Answer<Result>]>
      const ended = once(this.#process, 'exit', { signal }).then(([code]) => {
        throw new VoxbridgeError('ERR_ENGINE', `the voice's process ended with ${code}`)
      })
      this.#process.send(command)
      const [answer] = await Promise.race([answered, ended])
      if ('result' in answer) return answer.result
      throw new VoxbridgeError('ERR_ENGINE', answer.error)
    } finally {
      done.abort()
    }
  }

  async close(): Promise<void> {
    if (!this.#process.connected) return
    const gone = once(this.#process, 'exit')
    this.#process.disconnect()
    await gone
  }
}

/** Of a process that has loaded ONNX Runtime and no model. */
export async function emptyProcessRssMb(): Promise<number> {
  const process = new VoiceProcess()
  try {
    return (await process.ask<Memory>({ type: 'memory' })).rssMb
  } finally {
    await process.close()
  }
}

export class MeasuredVoice {
  readonly name: string
  readonly engine: string
  readonly language: string
  readonly loadMs: number
  readonly loadedRssMb: number
  readonly #process: VoiceProcess
  readonly #runs = new Map<SentenceWords, Run[]>(sentenceWords.map((words) => [words, []]))

  private constructor(name: string, language: string, process: VoiceProcess, loaded: Loaded, memory: Memory) {
    this.name = name
    this.language = language
    this.engine = loaded.engine
    this.loadMs = loaded.loadMs
    this.loadedRssMb = memory.rssMb
    this.#process = process
  }

  /**
   * @param language of the sentences that it will say; its first where it is left out.
   * @throws UsageError where there are no sentences of it, VoxbridgeError where it cannot be loaded.
   */
  static async start(
    name: string,
    { modelDir, vocoderDir, threads }: VoiceFiles,
    language?: string,
  ): Promise<MeasuredVoice> {
    const process = new VoiceProcess()
    try {
      const load = (modelDirs: readonly string[]): Promise<Loaded> =>
        process.ask({ type: 'load', modelDirs, threads })
      const loaded =
        vocoderDir === undefined
          ? await load([modelDir])
          : await withoutVocoder(modelDir, (bareDir) => load([bareDir, vocoderDir]))
      const memory = await process.ask<Memory>({ type: 'memory' })
      return new MeasuredVoice(name, chooseLanguage(name, loaded, language), process, loaded, memory)
    } catch (error) {
      await process.close()
      throw error
    }
  }

  /** The first run of a session is slow: it allocates. */
  async warmUp(): Promise<void> {
    for (const words of sentenceWords) await this.#speak(words)
  }

  async say(words: SentenceWords): Promise<void> {
    this.#runs.get(words)?.push(await this.#speak(words))
  }

  runs(words: SentenceWords): readonly Run[] {
    return this.#runs.get(words) ?? []
  }

  memory(): Promise<Memory> {
    return this.#process.ask({ type: 'memory' })
  }

  close(): Promise<void> {
    return this.#process.close()
  }

  #speak(words: SentenceWords): Promise<Run> {
    const text = voiceSentences[this.language]?.[words] ?? ''
    return this.#process.ask({ type: 'speak', request: { text, language: this.language } })
  }
}

function chooseLanguage(name: string, { languages }: Loaded, wished: string | undefined): string {
  const spoken = languages.filter((language) => Object.hasOwn(voiceSentences, language))
  const chosen = spoken.find((language) => language === (wished ?? language))
  if (chosen !== undefined) return chosen
  throw new UsageError(
    `--models: there are no sentences for ${name}; there are some in ${Object.keys(voiceSentences).join(', ')}, and of these it speaks: ${spoken.join(', ') || 'none'}`,
  )
}

/** Shows `use` a folder of the voice's name and files, all but its vocoder. */
async function withoutVocoder<Result>(
  modelDir: string,
  use: (bareDir: string) => Promise<Result>,
): Promise<Result> {
  const root = await mkdtemp(join(tmpdir(), 'voxbridge-'))
  try {
    const bareDir = join(root, basename(modelDir))
    await mkdir(bareDir)
    const files = (await readdir(modelDir)).filter((file) => !file.startsWith('vocoder.'))
    for (const file of files) await symlink(resolve(modelDir, file), join(bareDir, file))
    return await use(bareDir)
  } finally {
    await rm(root, { recursive: true })
  }
}
