import { type InferenceSession, Tensor } from 'onnxruntime-node'
import { type CancelSignal } from '../../../models/engine.ts'
import { type Architecture } from './architecture.ts'
import { maxTargetIds } from './graphs.ts'
import { endId, unknownId } from './token-ids.ts'

/** Longest translation for each id of the source: Marian's max-length-factor. */
const maxLengthFactor = 2.5

export interface GreedyOptions {
  readonly architecture: Architecture
  readonly signal: CancelSignal
}

/**
 * Encodes one sentence and takes the likeliest shortlisted word at every step (beam size 1, as the students are
 * trained for).
 * @param sourceIds ids with the end mark.
 * @param shortlist target ids to choose from, ascending.
 * @returns target ids without the end mark, or undefined when cancelled.
 */
export async function decodeGreedily(
  sessions: { readonly encoder: InferenceSession; readonly decoderStep: InferenceSession },
  sourceIds: readonly number[],
  shortlist: Int32Array,
  { architecture, signal }: GreedyOptions,
): Promise<number[] | undefined> {
  const { embeddings, ...encoded } = await sessions.encoder.run({
    input_ids: new Tensor('int32', Int32Array.from(sourceIds), [1, sourceIds.length]),
    shortlist: new Tensor('int32', shortlist, [shortlist.length]),
  })
  const width = architecture.embedding
  const rows = embeddings?.data as Float32Array
  const embedding = new Float32Array(width)
  const position = new Int32Array(1)
  const feeds: Record<string, Tensor> = {
    ...encoded,
    embedding: new Tensor('float32', embedding, [1, 1, width]),
    position: new Tensor('int32', position, [1]),
  }
  for (let layer = 1; layer <= architecture.decoderLayers; layer++) {
    feeds[`cell_${layer}`] = new Tensor('float32', new Float32Array(width), [1, 1, width])
  }

  const ids: number[] = []
  const maxSteps = Math.min(Math.floor(maxLengthFactor * sourceIds.length), maxTargetIds)
  for (let step = 0; step < maxSteps; step++) {
    if (signal.aborted) return undefined
    position[0] = step
    const { logits, ...cells } = await sessions.decoderStep.run(feeds)
    const choice = bestIndex(logits?.data as Float32Array, shortlist)
    const id = shortlist[choice] ?? endId
    if (id === endId) break
    ids.push(id)
    embedding.set(rows.subarray(choice * width, (choice + 1) * width))
    for (let layer = 1; layer <= architecture.decoderLayers; layer++) {
      const cell = cells[`new_cell_${layer}`]
      if (cell !== undefined) feeds[`cell_${layer}`] = cell
    }
  }
  return ids
}

/** Index of the highest score; `<unk>` is no translation. */
function bestIndex(scores: Float32Array, shortlist: Int32Array): number {
  let best = 0
  let bestScore = -Infinity
  for (let index = 0; index < scores.length; index++) {
    const score = scores[index] ?? -Infinity
    if (score > bestScore && shortlist[index] !== unknownId) {
      best = index
      bestScore = score
    }
  }
  return best
}
