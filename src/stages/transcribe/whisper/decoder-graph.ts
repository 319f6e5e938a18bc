import { GraphBuilder } from '../../../models/onnx/graph-builder.ts'
import { type Ctranslate2File } from './ctranslate2-file.ts'
import { LayerWriter, type Precision } from './layers.ts'
import { readLinear } from './linear.ts'
import { type WhisperShape } from './model-description.ts'

/** Later than any position. */
const theEnd = 2n ** 62n

/**
 * The decoder with its KV cache; one graph serves the prompt, a single step, and several tokens at once.
 *
 * in: `input_ids` int64 [1, n]; `first_row` int64 [1], the first of the n positions whose logits are wanted;
 *   `past_k_i`, `past_v_i` float32 [1, heads, past, headSize] (past may be 0);
 *   `cross_k_i`, `cross_v_i` float32 [1, heads, positions, headSize] from the encoder
 * out: `logits` float32 [1, n - first_row, vocabulary];
 *   `present_k_i`, `present_v_i` float32 [1, heads, past + n, headSize]
 */
export function buildDecoder(file: Ctranslate2File, shape: WhisperShape, precision: Precision): Uint8Array {
  const graph = new GraphBuilder('whisper-decoder')
  const writer = new LayerWriter(graph, file, precision)
  const { heads, headSize } = shape
  graph.input('input_ids', 'int64', [1, 'n'])
  graph.input('first_row', 'int64', [1])
  for (let layer = 0; layer < shape.decoderLayers; layer++) {
    for (const kind of ['k', 'v']) {
      graph.input(`past_${kind}_${layer}`, 'float32', [1, heads, 'past', headSize])
      graph.input(`cross_${kind}_${layer}`, 'float32', [1, heads, 'positions', headSize])
    }
  }
  let state = embedTokens(writer, precision)
  for (let layer = 0; layer < shape.decoderLayers; layer++) {
    state = selfAttention(writer, state, layer, shape)
    state = crossAttention(writer, state, layer, shape)
    state = writer.feedForward(state, `decoder/layer_${layer}/ffn`)
  }
  writeLogits(writer, state, shape)
  return graph.build({ irVersion: 9, opset: 20 })
}

function embedTokens(writer: LayerWriter, precision: Precision): string {
  const { graph } = writer
  const dimension = (value: string, axis: number): string =>
    graph.node('Shape', [value], { attributes: { start: { int: axis }, end: { int: axis + 1 } } })
  const past = dimension('past_k_0', 2)
  const end = graph.node('Add', [past, dimension('input_ids', 1)])
  const table = writer.floats('decoder/position_encodings/encodings')
  const positions = graph.node('Slice', [table, past, end, graph.integers(0)])
  return graph.node('Add', [gatherTokens(writer, precision), positions])
}

/** Only a few rows are read at a time, so the table stays as small as the file has it, and loses nothing. */
function gatherTokens({ graph, file }: LayerWriter, precision: Precision): string {
  const name = 'decoder/embeddings/weight'
  if (precision === 'fp32' || file.type(name) !== 'float16') {
    return graph.node('Gather', [graph.constant(name, file.dims(name), file.floats(name)), 'input_ids'])
  }
  const table = graph.constant(name, file.dims(name), file.float16Bits(name))
  const rows = graph.node('Gather', [table, 'input_ids'])
  return graph.node('Cast', [rows], { attributes: { to: { int: 1 } } })
}

function selfAttention(
  writer: LayerWriter,
  input: string,
  layer: number,
  { heads, headSize }: WhisperShape,
): string {
  const { graph } = writer
  const name = `decoder/layer_${layer}/self_attention`
  const present = [`present_k_${layer}`, `present_v_${layer}`]
  const attention = graph.microsoft(
    'MultiHeadAttention',
    [...writer.queryKeyValue(input, name), '', '', '', `past_k_${layer}`, `past_v_${layer}`],
    {
      outputs: [graph.unique('attention'), ...present],
      attributes: { num_heads: { int: heads }, unidirectional: { int: 1 } },
    },
  )
  for (const output of present) graph.output(output, 'float32', [1, heads, 'total', headSize])
  return graph.node('Add', [input, writer.linear(attention, readLinear(writer.file, `${name}/linear_1`))])
}

function crossAttention(writer: LayerWriter, input: string, layer: number, { heads }: WhisperShape): string {
  const { graph, file } = writer
  const name = `decoder/layer_${layer}/attention`
  const projection = readLinear(file, `${name}/linear_0`)
  const { state, layers } = writer.normalize(input, `${name}/layer_norm`, [projection])
  const query = writer.linear(state, layers[0] ?? projection)
  const attention = graph.microsoft('MultiHeadAttention', [query, `cross_k_${layer}`, `cross_v_${layer}`], {
    attributes: { num_heads: { int: heads } },
  })
  return graph.node('Add', [input, writer.linear(attention, readLinear(file, `${name}/linear_2`))])
}

function writeLogits(writer: LayerWriter, state: string, { vocabularySize }: WhisperShape): void {
  const { graph, file } = writer
  // Before the projection on the vocabulary, which costs more than all layers together.
  const end = graph.constant('the_end', [1], BigInt64Array.of(theEnd))
  const wanted = graph.node('Slice', [state, 'first_row', end, graph.integers(1)])
  const projection = readLinear(file, 'decoder/projection')
  const { state: normal, layers } = writer.normalize(wanted, 'decoder/layer_norm', [projection])
  writer.linear(normal, layers[0] ?? projection, ['logits'])
  graph.output('logits', 'float32', [1, 'rows', vocabularySize])
}
