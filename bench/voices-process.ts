/**
 * The process of one voice: `voices.ts` starts it, and asks it by messages. A voice has a process of its own so that
 * its memory can be told. Engines are loaded as `src/models/worker.ts` loads them.
 */
import '../src/models/no-telemetry.ts'
import 'onnxruntime-node'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { toVoxbridgeError } from '../src/errors.ts'
import type { EngineModule } from '../src/models/engine.ts'
import { readModelEngine } from '../src/models/installed.ts'
import { loadEngineModule } from '../src/models/registry.ts'
import type { SpeechChunk, SynthesizeRequest, SynthesizerInfo } from '../src/stages/speak/synthesizer.ts'

export interface LoadCommand {
  readonly type: 'load'
  /** The voice, then the vocoder where it needs one. */
  readonly modelDirs: readonly string[]
  readonly threads: number
}

export interface SpeakCommand {
  readonly type: 'speak'
  readonly request: SynthesizeRequest
}

export type Command = LoadCommand | SpeakCommand | { readonly type: 'memory' }

export interface Loaded {
  readonly engine: string
  readonly languages: readonly string[]
  readonly loadMs: number
}

export interface Run {
  /** Until the first 200 ms of audio were there, or all of it where it is shorter. */
  readonly firstMs: number
  readonly wholeMs: number
  readonly audioMs: number
}

/** Of the whole process. */
export interface Memory {
  readonly rssMb: number
  readonly peakRssMb: number
}

export type Answer<Result = unknown> = { readonly result: Result } | { readonly error: string }

type VoiceModule = EngineModule<SynthesizeRequest, SpeechChunk, SynthesizerInfo>
type Voice = Awaited<ReturnType<VoiceModule['load']>>

const firstAudioMs = 200

let voice: Voice | undefined

async function load({ modelDirs, threads }: LoadCommand): Promise<Loaded> {
  const startedAt = performance.now()
  const [modelDir = ''] = modelDirs
  const engine = await readModelEngine(modelDir)
  const module = (await loadEngineModule(engine)) as VoiceModule
  voice = await module.load({ modelDirs, threads })
  if (voice.info.voices === undefined) throw new Error(`${basename(modelDir)} is no voice`)
  const languages = [...new Set(voice.info.voices.map(({ language }) => language))]
  return { engine, languages, loadMs: performance.now() - startedAt }
}

async function speak({ request }: SpeakCommand): Promise<Run> {
  if (!voice) throw new Error('no voice is loaded')
  const samplesPerMs = voice.info.sampleRate / 1000
  const startedAt = performance.now()
  let audioMs = 0
  let firstMs: number | undefined
  for await (const { samples } of voice.run(request, { signal: { aborted: false } })) {
    audioMs += samples.length / samplesPerMs
    if (audioMs >= firstAudioMs) firstMs ??= performance.now() - startedAt
  }
  const wholeMs = performance.now() - startedAt
  return { firstMs: firstMs ?? wholeMs, wholeMs, audioMs }
}

/** `process.resourceUsage` would give the peak of the process that started this one where that was larger. */
async function memory(): Promise<Memory> {
  const status = await readFile('/proc/self/status', 'utf8')
  const megabytes = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024
  return { rssMb: megabytes('VmRSS'), peakRssMb: megabytes('VmHWM') }
}

function answer(command: Command): Promise<unknown> {
  switch (command.type) {
    case 'load':
      return load(command)
    case 'speak':
      return speak(command)
    case 'memory':
      return memory()
  }
}

process.on('message', (command: Command) => {
  void answer(command).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: toVoxbridgeError(error).message }),
  )
})
process.once('disconnect', () => process.exit())
