/** Which tokens a translation may be made of. */
import { type M2m100Description } from './model-description.ts'

export interface TokenChoice {
  readonly end: number
  /** Ids from here on are never chosen. */
  readonly limit: number
  /** Of the ids below, those that are never chosen. */
  readonly excluded: readonly number[]
}

/** Words and the end: neither languages, nor ids that mean nothing, nor control tokens. */
export function wordsOnly({ tokens, vocabularyEntries }: M2m100Description): TokenChoice {
  return { end: tokens.end, limit: vocabularyEntries, excluded: tokens.noWords }
}

/** The id with the largest logit; the end where none is a number. */
export function likeliest(logits: Float32Array, { end, limit, excluded }: TokenChoice): number {
  let best = end
  let most = -Infinity
  for (let id = 0; id < limit && id < logits.length; id++) {
    const logit = logits[id] ?? -Infinity
    if (logit > most && !excluded.includes(id)) {
      best = id
      most = logit
    }
  }
  return best
}

/** ln of the sum of e^logit over all ids, chosen or not. */
export function logSumExp(logits: Float32Array): number {
  let most = -Infinity
  for (let id = 0; id < logits.length; id++) most = Math.max(most, logits[id] ?? -Infinity)
  let sum = 0
  for (let id = 0; id < logits.length; id++) sum += Math.exp((logits[id] ?? -Infinity) - most)
  return most + Math.log(sum)
}
