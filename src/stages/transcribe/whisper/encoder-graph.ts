import { setImmediate } from 'node:timers/promises'
import { type GraphBuilder } from '../../../models/onnx/graph-builder.ts'
import { type Ctranslate2File } from './ctranslate2-file.ts'
import { LayerWriter, type Precision } from './layers.ts'
import { readLinear, sliceOutputs } from './linear.ts'
import { type WhisperShape } from './model-description.ts'

/**
 * The encoder with a free number of frames, and the keys and values that the decoder's cross-attention makes of its
 * output, so that they are computed once for an utterance.
 *
 * in: `mel` float32 [1, melBins, frames], frames even and at most twice the audio context
 * out: `cross_k_i`, `cross_v_i` float32 [1, heads, frames / 2, headSize] for each decoder layer i
 */
export async function buildEncoder(
  graph: GraphBuilder,
  file: Ctranslate2File,
  shape: WhisperShape,
  precision: Precision,
): Promise<void> {
  const writer = new LayerWriter(graph, file, precision)
  let state = embedAudio(writer, writer.input('mel', [1, shape.melBins, 'frames']))
  for (let layer = 0; layer < shape.encoderLayers; layer++) {
    state = selfAttention(writer, state, `encoder/layer_${layer}/self_attention`, shape)
    state = writer.feedForward(state, `encoder/layer_${layer}/ffn`)
    // A large model takes a minute, in which the process has to answer.
    await setImmediate()
  }
  writeCrossAttentionInputs(writer, state, shape)
}

/** Two convolutions over time, the second of which halves the rate, and the positions. */
function embedAudio(writer: LayerWriter, mel: string): string {
  const { graph } = writer
  const convolve = (input: string, name: string, stride: number): string => {
    const weights = [writer.floats(`${name}/weight`), writer.floats(`${name}/bias`)]
    const attributes = { kernel_shape: { ints: [3] }, pads: { ints: [1, 1] }, strides: { ints: [stride] } }
    return graph.node('Gelu', [graph.node('Conv', [input, ...weights], { attributes })])
  }
  const convolved = convolve(convolve(mel, 'encoder/conv1', 1), 'encoder/conv2', 2)
  const state = graph.node('Transpose', [convolved], { attributes: { perm: { ints: [0, 2, 1] } } })
  const length = graph.node('Shape', [state], { attributes: { start: { int: 1 }, end: { int: 2 } } })
  const table = writer.floats('encoder/position_encodings/encodings')
  const positions = graph.node('Slice', [table, graph.integers(0), length, graph.integers(0)])
  return graph.node('Add', [state, positions])
}

function selfAttention(writer: LayerWriter, input: string, name: string, { heads }: WhisperShape): string {
  const attention = writer.graph.microsoft('MultiHeadAttention', writer.queryKeyValue(input, name), {
    attributes: { num_heads: { int: heads } },
  })
  const output = writer.linear(attention, readLinear(writer.file, `${name}/linear_1`))
  return writer.graph.node('Add', [input, output])
}

function writeCrossAttentionInputs(
  writer: LayerWriter,
  input: string,
  { decoderLayers, heads, headSize, modelSize }: WhisperShape,
): void {
  const { graph } = writer
  const projections = Array.from({ length: decoderLayers }, (_, layer) => {
    const name = `decoder/layer_${layer}/attention/linear_1`
    const joined = readLinear(writer.file, name)
    return [
      sliceOutputs(joined, `${name}/k`, 0, modelSize),
      sliceOutputs(joined, `${name}/v`, modelSize, 2 * modelSize),
    ]
  })
  const { state, layers } = writer.normalize(input, 'encoder/layer_norm', projections.flat())
  for (const [index, layer] of layers.entries()) {
    const output = `cross_${index % 2 === 0 ? 'k' : 'v'}_${Math.floor(index / 2)}`
    const outputs = [writer.resultName(output)]
    const split = graph.node('Reshape', [writer.linear(state, layer), graph.integers(0, 0, heads, headSize)])
    graph.node('Transpose', [split], { outputs, attributes: { perm: { ints: [0, 2, 1, 3] } } })
    writer.output(output, [1, heads, 'positions', headSize])
  }
}
