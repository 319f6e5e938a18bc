/** The likeliest token at every step, for several sentences at once. */
import { type CancelSignal } from '../../../models/engine.ts'
import { type MergedDecoding } from '../../../models/optimum/merged-decoder.ts'
import { lengthBeforeLoop } from '../../../models/token-loop.ts'
import { lastRows } from './last-rows.ts'
import { type TokenChoice, likeliest } from './token-choice.ts'

export interface GenerationLimit {
  /** Longest result in ids, with those at its start and the end. */
  readonly maxLength: number
  /**
   * Beyond so many ids a loop ends the translation. What is said again and again is translated so, too, but hardly
   * into more than it was.
   */
  readonly loopsAfter: number
}

export interface GenerationOptions {
  /** What the decoder has read when the first id is chosen: the start, and the language where it is forced. */
  readonly start: readonly number[]
  readonly choice: TokenChoice
  readonly signal: CancelSignal
}

/**
 * @param decoding freshly started.
 * @param limits one for each of its rows.
 * @returns for each row the ids between start and end, or undefined when cancelled.
 */
export async function decodeGreedily(
  decoding: MergedDecoding,
  limits: readonly GenerationLimit[],
  { start, choice, signal }: GenerationOptions,
): Promise<number[][] | undefined> {
  const results = limits.map((limit) => ({ ids: [] as number[], limit }))
  let open = results
  let tokens = open.map(() => start)
  while (open.length > 0) {
    if (signal.aborted) return undefined
    const logits = lastRows(await decoding.read(tokens))
    const chosen = logits.map((row) => likeliest(row, choice))
    const going = open.flatMap((result, row) =>
      goesOn(result, chosen[row], start.length, choice) ? [row] : [],
    )
    // The rows that have ended cost nothing any more.
    if (going.length > 0) decoding.reorder(going)
    open = going.flatMap((row) => open[row] ?? [])
    tokens = open.map(({ ids }) => ids.slice(-1))
  }
  return results.map(({ ids }) => ids)
}

/** Adds a token to a row. @returns false where the row has ended. */
function goesOn(
  { ids, limit }: { ids: number[]; limit: GenerationLimit },
  token: number | undefined,
  startLength: number,
  { end }: TokenChoice,
): boolean {
  if (token === undefined || token === end) return false
  ids.push(token)
  return !cutLoops(ids, limit) && startLength + ids.length < limit.maxLength
}

/** Shortens ids that end in a loop. @returns whether they did. */
export function cutLoops(ids: number[], { loopsAfter }: GenerationLimit): boolean {
  if (ids.length <= loopsAfter) return false
  const length = ids.length
  for (let keep = lengthBeforeLoop(ids); keep !== undefined; keep = lengthBeforeLoop(ids)) ids.length = keep
  return ids.length < length
}
