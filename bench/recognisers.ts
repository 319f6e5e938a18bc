/** What the benches let listen: our recogniser, and a peer's in a process of its own. */
import { join } from 'node:path'
import { readConfig } from '../src/config.ts'
import { engineModule } from '../src/stages/transcribe/whisper/index.ts'
import { FasterWhisper } from './peers/faster-whisper.ts'
import { chooseModels } from './suite/models.ts'

export interface Recognised {
  readonly text: string
  readonly wallMs: number
  readonly cpuMs: number
}

export interface Recogniser {
  readonly name: string
  hear(samples: Float32Array, language: string): Promise<Recognised>
  rssMb(): number
  close(): Promise<void>
}

export interface RecogniserOptions {
  /** Folders of models of ours. */
  readonly folders: readonly string[] | undefined
  /** The same by name, separated by commas. Without either it is the configured one. */
  readonly names: string | undefined
  /** Interpreter of an environment with faster-whisper in it, and a CTranslate2 folder. */
  readonly python: string | undefined
  readonly peerModel: string | undefined
  readonly threads: number
}

export async function loadRecognisers(options: RecogniserOptions): Promise<Recogniser[]> {
  const { folders, names, python, peerModel, threads } = options
  const modelDirs = await chooseFolders(folders, names)
  const recognisers = await Promise.all(modelDirs.map((modelDir) => loadOurs(modelDir, threads)))
  if (python !== undefined && peerModel !== undefined) {
    recognisers.push(...loadPeers(python, peerModel, threads))
  }
  return recognisers
}

async function chooseFolders(
  folders: readonly string[] | undefined,
  names: string | undefined,
): Promise<string[]> {
  const { modelsDir, whisperModel } = readConfig()
  const chosen = (await chooseModels(names)).filter(({ role }) => role === 'recognizer')
  const dirs = [...(folders ?? []), ...chosen.map(({ name }) => join(modelsDir, name))]
  return dirs.length > 0 ? dirs : [join(modelsDir, `whisper-${whisperModel}`)]
}

async function loadOurs(modelDir: string, threads: number): Promise<Recogniser> {
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

function loadPeers(python: string, modelDir: string, threads: number): Recogniser[] {
  const peer = new FasterWhisper(python, modelDir, threads)
  return [1, 5].map((beam) => ({
    name: `faster-whisper int8 beam ${beam}`,
    hear: (samples, language) => peer.hear(samples, language, beam),
    rssMb: () => peer.rssMb,
    close: () => peer.close(),
  }))
}
