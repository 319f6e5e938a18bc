/** What the variables of a CTranslate2 file say about the size of the model, and whether they fit each other. */
import { VoxbridgeError } from '../../../errors.ts'
import { type Ctranslate2File } from './ctranslate2-file.ts'
import { type WhisperShape } from './model-description.ts'

const spec = { name: 'WhisperSpec', revision: 3 }
/** CTranslate2's number for the exact (erf) GELU. */
const exactGelu = 3
type Part = 'encoder' | 'decoder'

/** @throws VoxbridgeError ERR_MODEL_FORMAT where it is no Whisper, or its variables do not fit each other */
export function readShape(file: Ctranslate2File): WhisperShape {
  checkSupported(file)
  const shape = readSizes(file)
  const { modelSize, melBins, audioContext, textContext, vocabularySize } = shape
  expect(file, 'encoder/conv1/weight', [modelSize, melBins, 3])
  expect(file, 'encoder/conv2/weight', [modelSize, modelSize, 3])
  expect(file, 'encoder/position_encodings/encodings', [audioContext, modelSize])
  expect(file, 'decoder/position_encodings/encodings', [textContext, modelSize])
  expect(file, 'decoder/embeddings/weight', [vocabularySize, modelSize])
  expect(file, 'decoder/projection/weight', [vocabularySize, modelSize])
  for (const part of ['encoder', 'decoder'] as const) {
    expect(file, `${part}/layer_norm/gamma`, [modelSize])
    for (let layer = 0; layer < shape[`${part}Layers`]; layer++) checkLayer(file, part, layer, modelSize)
  }
  return shape
}

function checkSupported(file: Ctranslate2File): void {
  if (file.spec !== spec.name || file.revision !== spec.revision) {
    throw new VoxbridgeError(
      'ERR_MODEL_FORMAT',
      `model.bin holds ${file.spec} revision ${file.revision}; ${spec.name} revision ${spec.revision} is needed`,
    )
  }
  const activation = file.integer('decoder/activation')
  if (activation !== exactGelu || file.integer('decoder/pre_norm') !== 1) {
    throw new VoxbridgeError(
      'ERR_MODEL_FORMAT',
      `model.bin: activation ${activation}; Whisper's layers normalise first and use the exact GELU (${exactGelu})`,
    )
  }
}

function readSizes(file: Ctranslate2File): WhisperShape {
  const [modelSize = 0, melBins = 0] = file.dims('encoder/conv1/weight')
  const [vocabularySize = 0] = file.dims('decoder/embeddings/weight')
  const [audioContext = 0] = file.dims('encoder/position_encodings/encodings')
  const [textContext = 0] = file.dims('decoder/position_encodings/encodings')
  const heads = file.integer('decoder/num_heads')
  if (heads < 1 || modelSize % heads !== 0 || file.integer('encoder/num_heads') !== heads) {
    throw new VoxbridgeError(
      'ERR_MODEL_FORMAT',
      `model.bin: ${modelSize} values do not split in ${heads} heads`,
    )
  }
  return {
    melBins,
    encoderLayers: countLayers(file, 'encoder'),
    decoderLayers: countLayers(file, 'decoder'),
    heads,
    headSize: modelSize / heads,
    modelSize,
    audioContext,
    textContext,
    vocabularySize,
  }
}

function countLayers(file: Ctranslate2File, part: Part): number {
  let layers = 0
  while (file.has(`${part}/layer_${layers}/ffn/linear_0/weight`)) layers++
  return layers
}

function checkLayer(file: Ctranslate2File, part: Part, layer: number, modelSize: number): void {
  const name = `${part}/layer_${layer}`
  const linear = (path: string, outputs: number, inputs = modelSize): void =>
    expect(file, `${name}/${path}/weight`, [outputs, inputs])
  linear('self_attention/linear_0', 3 * modelSize)
  linear('self_attention/linear_1', modelSize)
  if (part === 'decoder') {
    linear('attention/linear_0', modelSize)
    linear('attention/linear_1', 2 * modelSize)
    linear('attention/linear_2', modelSize)
  }
  const [innerSize = 0] = file.dims(`${name}/ffn/linear_0/weight`)
  linear('ffn/linear_0', innerSize)
  linear('ffn/linear_1', modelSize, innerSize)
}

function expect(file: Ctranslate2File, name: string, dims: readonly number[]): void {
  const found = file.dims(name)
  if (found.join() === dims.join()) return
  throw new VoxbridgeError(
    'ERR_MODEL_FORMAT',
    `model.bin: ${name} is [${found.join(', ')}], in this model it should be [${dims.join(', ')}]`,
  )
}
