import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { VoxbridgeError } from '../../../errors.ts'
import type { ModelImporter } from '../../../models/engine.ts'
import { readModelFile } from '../../../models/onnx/model-file.ts'
import { type OnnxModel, encodeModel } from '../../../models/onnx/model.ts'
import type { Gender } from '../synthesizer.ts'
import { type VoiceDescription, writeVoiceModelDescription } from '../voice-model.ts'
import { floatConvolutions } from './float-convolutions.ts'
import { matrixConvolutions } from './matrix-convolutions.ts'
import { kokoroPorts } from './ports.ts'

const sampleRate = 24_000

/** What the first letter of a voice's name says. Chinese and Japanese voices need another phonemizer. */
const languages: Readonly<Record<string, Pick<VoiceDescription, 'language' | 'espeakVoice'>>> = {
  a: { language: 'en', espeakVoice: 'en-us' },
  b: { language: 'en', espeakVoice: 'en-gb' },
  e: { language: 'es', espeakVoice: 'es' },
  f: { language: 'fr', espeakVoice: 'fr' },
  h: { language: 'hi', espeakVoice: 'hi' },
  i: { language: 'it', espeakVoice: 'it' },
  p: { language: 'pt', espeakVoice: 'pt-br' },
}

type Rewrite = (model: OnnxModel) => OnnxModel

/** What the second letter says. */
const genders: Readonly<Record<string, Gender>> = { f: 'female', m: 'male' }

/** What becomes of quantised convolutions, which are slow as they are. */
const rewrites: Readonly<Record<string, Rewrite | undefined>> = {
  int8: matrixConvolutions,
  fp32: floatConvolutions,
}

/**
 * Kokoro-82M: `kokoro.onnx` and `voices/NAME.bin`. The setting `voices` names those to install, the default of a
 * language first, separated by commas; all that can be spoken where it is left out. `precision` is `int8` (fast: a third of the size, half of the time) or `fp32`.
 * A model that is not quantised stays as it is.
 */
export const kokoroImporter: ModelImporter = {
  format: 'kokoro-int8-onnx',
  description: 'Kokoro-82M ONNX (quantised dynamically or float) with its voice files',

  detect(files) {
    return files.includes('kokoro.onnx') && files.some((file) => /^voices\/\w+\.bin$/u.test(file))
  },

  async run(sourceDir, targetDir, { settings }) {
    const ids = settings['voices']?.split(',').map((id) => id.trim()) ?? (await spokenVoices(sourceDir))
    const voices = ids.map(describeVoice)
    const rewrite = rewrites[settings['precision'] ?? 'int8']
    if (!rewrite) {
      throw new VoxbridgeError('ERR_BAD_REQUEST', `precision is one of ${Object.keys(rewrites).join(', ')}`)
    }
    await importNetwork(join(sourceDir, 'kokoro.onnx'), join(targetDir, 'model.onnx'), rewrite)
    await mkdir(join(targetDir, 'voices'))
    for (const id of ids) await copyVoice(id, join(sourceDir, 'voices'), join(targetDir, 'voices'))
    await writeVoiceModelDescription(targetDir, { engine: 'kokoro', sampleRate, voices })
  },
}

async function spokenVoices(sourceDir: string): Promise<string[]> {
  const files = await readdir(join(sourceDir, 'voices')).catch(() => [])
  return files
    .map((file) => file.replace(/\.bin$/u, ''))
    .filter((id) => languages[id.charAt(0)])
    .sort()
}

function describeVoice(id: string): VoiceDescription {
  const language = languages[id.charAt(0)]
  const gender = genders[id.charAt(1)]
  if (language && gender && /^\w\w_\w+$/u.test(id)) return { id, ...language, gender }
  throw new VoxbridgeError(
    'ERR_MODEL_FORMAT',
    `the voice ${id} cannot be installed: expected a name like pf_dora whose first letter is one of ` +
      `${Object.keys(languages).join(', ')}`,
  )
}

async function importNetwork(source: string, target: string, rewrite: Rewrite): Promise<void> {
  const model = await readModelFile(source)
  kokoroPorts(
    model.inputs.map(({ name }) => name),
    model.outputs.map(({ name }) => name),
  )
  const rewritten = rewrite(model)
  if (rewritten === model) await copyFile(source, target)
  else await writeFile(target, encodeModel(rewritten))
}

async function copyVoice(id: string, sourceDir: string, targetDir: string): Promise<void> {
  await copyFile(join(sourceDir, `${id}.bin`), join(targetDir, `${id}.bin`)).catch(async (cause: unknown) => {
    const files = await readdir(sourceDir).catch(() => [])
    const known = files.map((file) => file.replace(/\.bin$/u, '')).join(', ')
    throw new VoxbridgeError('ERR_MODEL_FORMAT', `there is no voice ${id}; the folder has ${known}`, {
      cause,
    })
  })
}
