import { type Tensor } from 'onnxruntime-node'

/**
 * @param logits float32 [batch, tokens, vocabulary].
 * @returns for each row of the batch the logits after its last token, as a view.
 */
export function lastRows({ data, dims }: Tensor): Float32Array[] {
  const [batch = 0, tokens = 0, vocabulary = 0] = dims
  const values = data as Float32Array
  return Array.from({ length: batch }, (_, row) => {
    const end = (row + 1) * tokens * vocabulary
    return values.subarray(end - vocabulary, end)
  })
}
