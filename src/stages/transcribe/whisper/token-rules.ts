/** Which token may come next (https://github.com/openai/whisper/blob/main/whisper/decoding.py). */
import { type WhisperDescription } from './model-description.ts'

export const secondsPerTimestamp = 0.02

/**
 * Picks the most probable token that the rules allow. Timestamps come in pairs, the end of a segment and the start of
 * the next, never go back, and win when together they are more probable than any text.
 *
 * @param logits changed in place
 * @param generated the tokens after the prompt
 */
export function chooseToken(
  logits: Float32Array,
  generated: readonly number[],
  description: WhisperDescription,
  timestamps: boolean,
): number {
  const { tokens, suppressed, suppressedAtStart } = description
  for (const id of suppressed) logits[id] = -Infinity
  logits[tokens.noTimestamps] = -Infinity
  if (generated.length === 0) for (const id of suppressedAtStart) logits[id] = -Infinity
  if (!timestamps) return mostProbable(logits, 0, tokens.firstTimestamp) ?? tokens.endOfText

  const { text, firstAllowed } = allowedNext(generated, tokens.firstTimestamp)
  const best = text === 'all' ? mostProbable(logits, 0, tokens.endOfText + 1) : tokens.endOfText
  const bestTimestamp = mostProbable(logits, firstAllowed, logits.length)
  if (bestTimestamp === undefined) return best ?? tokens.endOfText
  const bestLogit = best === undefined ? -Infinity : (logits[best] ?? -Infinity)
  return logSumExp(logits, firstAllowed) > bestLogit ? bestTimestamp : (best ?? tokens.endOfText)
}

/** `firstAllowed` is the lowest timestamp that may follow; the prompt ends with the start of the first segment. */
function allowedNext(
  generated: readonly number[],
  firstTimestamp: number,
): { text: 'all' | 'end'; firstAllowed: number } {
  const [beforeLast = firstTimestamp, last = firstTimestamp] = [generated.at(-2), generated.at(-1)]
  const latest = generated.findLast((id) => id >= firstTimestamp) ?? firstTimestamp
  if (last < firstTimestamp) return { text: 'all', firstAllowed: latest + 1 }
  const opensSegment = beforeLast >= firstTimestamp
  return opensSegment ? { text: 'all', firstAllowed: Infinity } : { text: 'end', firstAllowed: latest }
}

/** The id of the largest of the logits `from` to `to`, undefined where none is a number above -Infinity. */
export function mostProbable(logits: Float32Array, from: number, to: number): number | undefined {
  let best: number | undefined
  let most = -Infinity
  for (let id = from; id < to && id < logits.length; id++) {
    const logit = logits[id] ?? -Infinity
    if (logit > most) {
      most = logit
      best = id
    }
  }
  return best
}

function logSumExp(logits: Float32Array, from: number): number {
  let most = -Infinity
  for (let id = from; id < logits.length; id++) most = Math.max(most, logits[id] ?? -Infinity)
  let sum = 0
  for (let id = from; id < logits.length; id++) sum += Math.exp((logits[id] ?? -Infinity) - most)
  return most + Math.log(sum)
}

/** The softmax of the logits at `id`. */
export function probabilityOf(logits: Float32Array, id: number): number {
  return Math.exp((logits[id] ?? -Infinity) - logSumExp(logits, 0))
}
