import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { VoxbridgeError } from '../../../errors.ts'
import type { ModelImporter } from '../../../models/engine.ts'
import { appendModel } from '../../../models/onnx/append.ts'
import { readModelFile } from '../../../models/onnx/model-file.ts'
import { type OnnxModel, decodeModel, encodeModel } from '../../../models/onnx/model.ts'
import { type VoiceModelDescription, writeVoiceModelDescription } from '../voice-model.ts'
import { buildWaveformGraph, sampleRate } from './waveform-graph.ts'

const sources = ['assets/hibari.onnx', 'hibari.onnx']
const inputs = ['ids', 'speed']
const outputs = ['lh', 'theta', 'ln', 'lr', 'phi', 'f0']

const description: VoiceModelDescription = {
  engine: 'hibari',
  sampleRate,
  voices: [{ id: 'heart', language: 'en', espeakVoice: 'en-us', gender: 'female' }],
}

/** Adds the signal processing to hibari's network, so that one run goes from phonemes to samples. */
export const hibariImporter: ModelImporter = {
  format: 'hibari',
  description: 'hibari English voice (the Python package, or its hibari.onnx)',

  detect(files) {
    return sources.some((source) => files.includes(source))
  },

  async run(sourceDir, targetDir) {
    const network = await readNetwork(sourceDir)
    const opset = network.opsets.find(({ domain }) => domain === '')?.version ?? 0
    const waveform = decodeModel(buildWaveformGraph({ irVersion: network.irVersion, opset }))
    await writeFile(join(targetDir, 'model.onnx'), encodeModel(appendModel(network, waveform)))
    await writeVoiceModelDescription(targetDir, description)
  },
}

async function readNetwork(sourceDir: string): Promise<OnnxModel> {
  const source = sources.find((path) => existsSync(join(sourceDir, path)))
  if (source === undefined) {
    throw new VoxbridgeError('ERR_MODEL_FORMAT', `expected ${sources.join(' or ')} in the folder`)
  }
  const network = await readModelFile(join(sourceDir, source))
  const names = [...network.inputs, ...network.outputs].map(({ name }) => name)
  const missing = [...inputs, ...outputs].filter((name) => !names.includes(name))
  if (missing.length === 0) return network
  throw new VoxbridgeError(
    'ERR_MODEL_FORMAT',
    `${source} is not a hibari network: it has no ${missing.join(', ')} (expected the inputs ` +
      `${inputs.join(', ')} and the outputs ${outputs.join(', ')})`,
  )
}
