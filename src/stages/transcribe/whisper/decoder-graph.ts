import { setImmediate } from 'node:timers/promises'
import { type GraphBuilder } from '../../../models/onnx/graph-builder.ts'
import { elementType } from '../../../models/onnx/model.ts'
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
export async function buildDecoder(
  graph: GraphBuilder,
  file: Ctranslate2File,
  shape: WhisperShape,
  precision: Precision,
): Promise<void> {
  const writer = new LayerWriter(graph, file, precision)
  graph.input('input_ids', 'int64', [1, 'n'])
  graph.input('first_row', 'int64', [1])
  const caches = Array.from({ length: shape.decoderLayers }, (_, layer) => addCaches(writer, layer, shape))
  let state = embedTokens(writer)
  for (const [layer, cache] of caches.entries()) {
    state = selfAttention(writer, state, layer, cache, shape)
    state = crossAttention(writer, state, layer, cache, shape)
    state = writer.feedForward(state, `decoder/layer_${layer}/ffn`)
    await setImmediate()
  }
  writeLogits(writer, state, shape)
}

/** Keys and values. */
type Pair = readonly [k: string, v: string]

interface LayerCaches {
  /** Of the tokens read so far. */
  readonly past: Pair
  /** Of the audio. */
  readonly cross: Pair
}

function addCaches(writer: LayerWriter, layer: number, { heads, headSize }: WhisperShape): LayerCaches {
  const add = (kind: 'k' | 'v'): Pair => [
    writer.input(`past_${kind}_${layer}`, [1, heads, 'past', headSize]),
    writer.input(`cross_${kind}_${layer}`, [1, heads, 'positions', headSize]),
  ]
  const [[pastK, crossK], [pastV, crossV]] = [add('k'), add('v')]
  return { past: [pastK, pastV], cross: [crossK, crossV] }
}

function embedTokens(writer: LayerWriter): string {
  const { graph } = writer
  const dimension = (value: string, axis: number): string =>
    graph.node('Shape', [value], { attributes: { start: { int: axis }, end: { int: axis + 1 } } })
  const past = dimension('past_k_0', 2)
  const end = graph.node('Add', [past, dimension('input_ids', 1)])
  const table = writer.floats('decoder/position_encodings/encodings')
  const positions = graph.node('Slice', [table, past, end, graph.integers(0)])
  return graph.node('Add', [gatherTokens(writer), positions])
}

/** Only a few rows are read at a time, so beside 8-bit weights the table stays in half precision. */
function gatherTokens(writer: LayerWriter): string {
  const { graph, file, precision } = writer
  const name = 'decoder/embeddings/weight'
  if (precision !== 'int8') return graph.node('Gather', [writer.floats(name), 'input_ids'])
  const table = graph.constant(name, file.dims(name), file.float16Bits(name))
  const rows = graph.node('Gather', [table, 'input_ids'])
  return graph.node('Cast', [rows], { attributes: { to: { int: elementType.float32 } } })
}

function selfAttention(
  writer: LayerWriter,
  input: string,
  layer: number,
  { past }: LayerCaches,
  { heads, headSize }: WhisperShape,
): string {
  const { graph } = writer
  const name = `decoder/layer_${layer}/self_attention`
  const present = [`present_k_${layer}`, `present_v_${layer}`]
  const attention = graph.microsoft(
    'MultiHeadAttention',
    [...writer.queryKeyValue(input, name), '', '', '', ...past],
    {
      outputs: [graph.unique('attention'), ...present.map((output) => writer.resultName(output))],
      attributes: { num_heads: { int: heads }, unidirectional: { int: 1 } },
    },
  )
  for (const output of present) writer.output(output, [1, heads, 'total', headSize])
  return graph.node('Add', [input, writer.linear(attention, readLinear(writer.file, `${name}/linear_1`))])
}

function crossAttention(
  writer: LayerWriter,
  input: string,
  layer: number,
  { cross }: LayerCaches,
  { heads }: WhisperShape,
): string {
  const { graph, file } = writer
  const name = `decoder/layer_${layer}/attention`
  const projection = readLinear(file, `${name}/linear_0`)
  const { state, layers } = writer.normalize(input, `${name}/layer_norm`, [projection])
  const query = writer.linear(state, layers[0] ?? projection)
  const attention = graph.microsoft('MultiHeadAttention', [query, ...cross], {
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
  writer.linear(normal, layers[0] ?? projection, [writer.resultName('logits')])
  writer.output('logits', [1, 'rows', vocabularySize])
}
