import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { VoxbridgeError } from '../../../errors.ts'
import type { ModelImporter } from '../../../models/engine.ts'
import { readModelFile } from '../../../models/onnx/model-file.ts'
import { listFiles } from '../../../models/verify.ts'
import { type Gender, genders } from '../synthesizer.ts'
import { writeVoiceModelDescription } from '../voice-model.ts'
import { type PiperDescription, isSymbolIds } from './description.ts'

const inputs = ['input', 'input_lengths', 'scales']
const outputs = ['output']

/** The part of Piper's configuration that is used. */
interface PiperConfig {
  readonly audio: { readonly sample_rate: number }
  readonly espeak: { readonly voice: string }
  readonly inference: {
    readonly noise_scale: number
    readonly length_scale: number
    readonly noise_w: number
  }
  readonly language: { readonly code: string }
  readonly dataset: string
  readonly phoneme_type?: string
  readonly num_speakers: number
  readonly phoneme_id_map: PiperDescription['symbolIds']
}

/** A voice of Piper as it is published: `NAME.onnx` and `NAME.onnx.json`. The setting `gender` is for the list of voices. */
export const piperImporter: ModelImporter = {
  format: 'piper',
  description: 'a Piper voice of one speaker (NAME.onnx and NAME.onnx.json); settings: gender=female or male',

  detect(files) {
    return networkOf(files) !== undefined
  },

  async run(sourceDir, targetDir, { settings }) {
    const network = networkOf(await listFiles(sourceDir))
    if (network === undefined) {
      throw new VoxbridgeError('ERR_MODEL_FORMAT', 'expected NAME.onnx and NAME.onnx.json in the folder')
    }
    const gender = genders.find((gender) => gender === settings['gender'])
    if (gender === undefined && settings['gender'] !== undefined) {
      throw new VoxbridgeError('ERR_BAD_REQUEST', `gender is one of ${genders.join(', ')}`)
    }
    const config = await readConfig(join(sourceDir, `${network}.json`))
    await checkNetwork(join(sourceDir, network), network)
    await copyFile(join(sourceDir, network), join(targetDir, 'model.onnx'))
    await writeVoiceModelDescription(targetDir, describe(config, gender))
  },
}

function networkOf(files: readonly string[]): string | undefined {
  return files.find((file) => file.endsWith('.onnx') && files.includes(`${file}.json`))
}

async function readConfig(path: string): Promise<PiperConfig> {
  const config = parseJson(await readFile(path, 'utf8'))
  if (!isConfig(config)) {
    throw new VoxbridgeError('ERR_MODEL_FORMAT', `${path} is not the configuration of a Piper voice`)
  }
  const { num_speakers, phoneme_type = 'espeak' } = config
  if (num_speakers === 1 && phoneme_type === 'espeak') return config
  const found = `${num_speakers} speakers and the phonemes of ${phoneme_type}`
  throw new VoxbridgeError(
    'ERR_MODEL_FORMAT',
    `the voice has ${found}; voices of one speaker with the phonemes of espeak can be imported`,
  )
}

function describe(config: PiperConfig, gender: Gender | undefined): PiperDescription {
  const { noise_scale: noise, length_scale: length, noise_w: noiseWidth } = config.inference
  const { language } = new Intl.Locale(config.language.code.replaceAll('_', '-'))
  return {
    engine: 'vits',
    sampleRate: config.audio.sample_rate,
    voices: [{ id: config.dataset, language, espeakVoice: config.espeak.voice, ...(gender && { gender }) }],
    symbolIds: config.phoneme_id_map,
    scales: { noise, length, noiseWidth },
  }
}

async function checkNetwork(path: string, name: string): Promise<void> {
  const network = await readModelFile(path)
  const found = [...network.inputs, ...network.outputs].map(({ name }) => name)
  const missing = [...inputs, ...outputs].filter((port) => !found.includes(port))
  if (missing.length === 0) return
  throw new VoxbridgeError(
    'ERR_MODEL_FORMAT',
    `${name} is not a Piper voice: it has no ${missing.join(', ')} (expected the inputs ${inputs.join(', ')} ` +
      `and the output ${outputs.join(', ')})`,
  )
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isConfig(value: unknown): value is PiperConfig {
  const { audio, espeak, inference, language, dataset, num_speakers, phoneme_id_map } = fieldsOf(value)
  const { noise_scale, length_scale, noise_w } = fieldsOf(inference)
  return (
    [fieldsOf(audio)['sample_rate'], num_speakers].every(Number.isSafeInteger) &&
    [noise_scale, length_scale, noise_w].every(Number.isFinite) &&
    [fieldsOf(espeak)['voice'], dataset].every((text) => typeof text === 'string' && text !== '') &&
    /^[a-z]{2,3}(?:[_-][A-Za-z]+)*$/u.test(String(fieldsOf(language)['code'])) &&
    isSymbolIds(phoneme_id_map)
  )
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
