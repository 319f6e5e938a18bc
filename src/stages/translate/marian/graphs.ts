/**
 * The two ONNX graphs of a Marian student. D is the width, H the heads, S the source length, N the size of the
 * shortlist; layers count from 1.
 *
 * `encoder.onnx` runs once per sentence:
 *     input_ids i32[1, S], shortlist i32[N]
 *     -> key_<l> f32[1, H, D/H, S], value_<l> f32[1, H, S, D/H]   for the attention of each decoder layer
 *        embeddings f32[N, D], output_weight f32[D, N], output_bias f32[N]   of the shortlisted words
 *
 * `decoder-step.onnx` runs once per target word:
 *     embedding f32[1, 1, D] of the word before (a row of `embeddings`; zeros at first: there is no start word),
 *     position i32[1], cell_<l> f32[1, 1, D] (zeros at first), and the encoder's outputs but `embeddings` unchanged
 *     -> logits f32[1, 1, N], new_cell_<l> f32[1, 1, D]
 */
import { GraphBuilder } from '../../../models/onnx/graph-builder.ts'
import { type Architecture } from './architecture.ts'
import { Layers, type Precision } from './layers.ts'
import { type QuantizedMatrix, type Weights } from './weights.ts'

/** Longest source, in ids with the end mark. */
export const maxSourceIds = 512
/** Longest target, in ids. */
export const maxTargetIds = 1024

const buildOptions = { irVersion: 8, opset: 17 }

export function buildEncoder(weights: Weights, architecture: Architecture, precision: Precision): Uint8Array {
  const { embedding, encoderLayers, decoderLayers, sourceVocabulary, targetVocabulary } = architecture
  const graph = new GraphBuilder('encoder')
  const layers = new Layers(graph, weights, architecture, precision)
  graph.input('input_ids', 'int32', [1, 'S'])
  graph.input('shortlist', 'int32', ['N'])

  const source = embeddingTable(weights, 'encoder', sourceVocabulary, embedding)
  const sourceTable = graph.constant(source.name, [sourceVocabulary, embedding], source.values)
  const length = graph.node('Shape', ['input_ids'], { attributes: { start: { int: 1 }, end: { int: 2 } } })
  const positions = graph.constant(
    'positions',
    [maxSourceIds, embedding],
    positionSignals(maxSourceIds, embedding),
  )
  const used = graph.node('Slice', [positions, graph.integers(0), length, graph.integers(0)])
  const scaled = graph.node('Mul', [
    gatherRows(graph, sourceTable, 'input_ids'),
    graph.scalar('source_scale', Math.sqrt(embedding) * source.scale),
  ])
  let x = graph.node('Add', [scaled, used])
  for (let layer = 1; layer <= encoderLayers; layer++) {
    const prefix = `encoder_l${layer}_self`
    const query = layers.projection(x, prefix, 'q')
    const key = layers.projection(x, prefix, 'k')
    const value = layers.projection(x, prefix, 'v')
    x = layers.addAndNorm(layers.attention(query, key, value, prefix), x, `${prefix}_Wo`)
    x = layers.feedForward(x, `encoder_l${layer}_ffn`)
  }
  for (let layer = 1; layer <= decoderLayers; layer++) {
    layers.projection(x, `decoder_l${layer}_context`, 'k', `key_${layer}`)
    layers.projection(x, `decoder_l${layer}_context`, 'v', `value_${layer}`)
  }

  const target = embeddingTable(weights, 'decoder', targetVocabulary, embedding)
  const targetTable =
    target.name === source.name
      ? sourceTable
      : graph.constant(target.name, [targetVocabulary, embedding], target.values)
  graph.node(
    'Mul',
    [gatherRows(graph, targetTable, 'shortlist'), graph.scalar('target_scale', target.scale)],
    {
      outputs: ['embeddings'],
    },
  )
  graph.node('Transpose', ['embeddings'], {
    outputs: ['output_weight'],
    attributes: { perm: { ints: [1, 0] } },
  })
  const biasName = 'decoder_ff_logit_out_b'
  const bias = graph.constant(biasName, [targetVocabulary], weights.vector(biasName, targetVocabulary))
  graph.node('Gather', [bias, 'shortlist'], { outputs: ['output_bias'] })

  for (const [name, shape] of encodedShapes(architecture)) graph.output(name, 'float32', shape)
  graph.output('embeddings', 'float32', ['N', embedding])
  return graph.build(buildOptions)
}

export function buildDecoderStep(
  weights: Weights,
  architecture: Architecture,
  precision: Precision,
): Uint8Array {
  const { embedding, decoderLayers } = architecture
  const graph = new GraphBuilder('decoder_step')
  const layers = new Layers(graph, weights, architecture, precision)
  graph.input('embedding', 'float32', [1, 1, embedding])
  graph.input('position', 'int32', [1])
  for (let layer = 1; layer <= decoderLayers; layer++) {
    graph.input(`cell_${layer}`, 'float32', [1, 1, embedding])
  }
  for (const [name, shape] of encodedShapes(architecture)) graph.input(name, 'float32', shape)

  const positions = graph.constant(
    'positions',
    [maxTargetIds, embedding],
    positionSignals(maxTargetIds, embedding),
  )
  let x = graph.node('Add', [
    graph.node('Mul', ['embedding', graph.scalar('embedding_scale', Math.sqrt(embedding))]),
    graph.node('Gather', [positions, 'position']),
  ])
  for (let layer = 1; layer <= decoderLayers; layer++) {
    x = layers.recurrence(x, `cell_${layer}`, `decoder_l${layer}_rnn`, `new_cell_${layer}`)
    const prefix = `decoder_l${layer}_context`
    const query = layers.projection(x, prefix, 'q')
    const attended = layers.attention(query, `key_${layer}`, `value_${layer}`, prefix)
    x = layers.addAndNorm(attended, x, `${prefix}_Wo`)
    x = layers.feedForward(x, `decoder_l${layer}_ffn`)
  }
  graph.node('Add', [graph.node('MatMul', [x, 'output_weight']), 'output_bias'], { outputs: ['logits'] })

  graph.output('logits', 'float32', [1, 1, 'N'])
  for (let layer = 1; layer <= decoderLayers; layer++) {
    graph.output(`new_cell_${layer}`, 'float32', [1, 1, embedding])
  }
  return graph.build(buildOptions)
}

/** What the encoder hands to every decoder step. */
function encodedShapes({ embedding, heads, decoderLayers }: Architecture): Map<string, (number | string)[]> {
  const shapes = new Map<string, (number | string)[]>()
  for (let layer = 1; layer <= decoderLayers; layer++) {
    shapes.set(`key_${layer}`, [1, heads, embedding / heads, 'S'])
    shapes.set(`value_${layer}`, [1, heads, 'S', embedding / heads])
  }
  return shapes.set('output_weight', [embedding, 'N']).set('output_bias', ['N'])
}

/** The table that both sides share, or that of one side where the model has two vocabularies. */
function embeddingTable(
  weights: Weights,
  side: 'encoder' | 'decoder',
  vocabulary: number,
  width: number,
): QuantizedMatrix & { readonly name: string } {
  const name = weights.has('Wemb') ? 'Wemb' : `${side}_Wemb`
  return { name, ...weights.matrix(name, vocabulary, width) }
}

/** Rows of an int8 table as float32, not yet scaled. */
function gatherRows(graph: GraphBuilder, table: string, indices: string): string {
  return graph.node('Cast', [graph.node('Gather', [table, indices])], { attributes: { to: { int: 1 } } })
}

/** Sinusoids of Vaswani et al. 2017 as Marian lays them out: the sines fill the first half, the cosines the second. */
function positionSignals(count: number, width: number): Float32Array {
  const half = width / 2
  const signals = new Float32Array(count * width)
  for (let position = 0; position < count; position++) {
    for (let index = 0; index < half; index++) {
      const angle = position * Math.exp((-index * Math.log(10_000)) / (half - 1))
      signals[position * width + index] = Math.sin(angle)
      signals[position * width + half + index] = Math.cos(angle)
    }
  }
  return signals
}
