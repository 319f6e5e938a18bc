/**
 * Beam search as transformers does it (`GenerationMixin._beam_search` of version 4.57 with `early_stopping=True` and
 * `length_penalty=1.0`): of the hypotheses that could follow, twice as many as there are beams are looked at; what
 * ends among the better half of them is finished, and the search stops once as many are finished as there are beams.
 */
import { type MergedDecoding } from '../../../models/optimum/merged-decoder.ts'
import { type GenerationOptions } from './greedy.ts'
import { lastRows } from './last-rows.ts'
import { type TokenChoice, logSumExp } from './token-choice.ts'

export interface BeamOptions extends GenerationOptions {
  readonly beams: number
  /** Longest result in ids, with those at its start and the end. */
  readonly maxLength: number
}

interface Hypothesis {
  readonly ids: readonly number[]
  /** Sum of the log probabilities, in float32. */
  readonly score: number
}

interface Candidate {
  /** The row of the hypothesis that it continues. */
  readonly row: number
  readonly token: number
  readonly score: number
}

/** What counts towards a hypothesis's length is everything but the decoder's first token, a forced language too. */
const uncountedIds = 1

/** More than the rounding of a score to float32 can make of it. */
const rounding = 0.01

/**
 * @param decoding freshly started, of one sentence.
 * @returns the ids between start and end of the best hypothesis, or undefined when cancelled.
 */
export async function searchBeams(
  decoding: MergedDecoding,
  { start, beams, maxLength, choice, signal }: BeamOptions,
): Promise<number[] | undefined> {
  let running: Hypothesis[] = [{ ids: [], score: 0 }]
  let finished: Hypothesis[] = []
  let tokens: (readonly number[])[] = [start]
  for (let length = start.length + 1; length <= maxLength; length++) {
    if (signal.aborted) return undefined
    const logits = lastRows(await decoding.read(tokens))
    const candidates = bestCandidates(logits, running, choice, 2 * beams)
    const isLast = length === maxLength
    const isEnd = ({ token }: Candidate): boolean => isLast || token === choice.end
    const extended = ({ row, token, score }: Candidate): Hypothesis => {
      const ids = running[row]?.ids ?? []
      return { ids: token === choice.end ? ids : [...ids, token], score }
    }
    const ended = candidates
      .slice(0, beams)
      .filter(isEnd)
      .map(extended)
      .map(({ ids, score }) => ({ ids, score: Math.fround(score / (length - uncountedIds)) }))
    finished = [...finished, ...ended].sort((a, b) => b.score - a.score).slice(0, beams)
    const going = candidates.filter((candidate) => !isEnd(candidate)).slice(0, beams)
    if (finished.length === beams || going.length === 0) break
    decoding.reorder(going.map(({ row }) => row))
    tokens = going.map(({ token }) => [token])
    running = going.map(extended)
  }
  return [...(finished[0]?.ids ?? [])]
}

/** The `count` best ways to continue the hypotheses, best first. */
function bestCandidates(
  logits: readonly Float32Array[],
  running: readonly Hypothesis[],
  { limit, excluded }: TokenChoice,
  count: number,
): Candidate[] {
  const best: Candidate[] = []
  const leastScore = (): number => (best.length < count ? -Infinity : (best.at(-1)?.score ?? -Infinity))
  for (const [row, values] of logits.entries()) {
    const before = running[row]?.score ?? -Infinity
    const total = logSumExp(values)
    let leastLogit = leastScore() - before + total - rounding
    for (let token = 0; token < limit && token < values.length; token++) {
      const logit = values[token] ?? -Infinity
      // Nearly all fail here, and so does what is no number.
      if (!(logit > leastLogit) || excluded.includes(token)) continue
      const score = Math.fround(before + Math.fround(logit - total))
      if (!(score > leastScore())) continue
      const position = best.findIndex((candidate) => score > candidate.score)
      best.splice(position === -1 ? best.length : position, 0, { row, token, score })
      if (best.length > count) best.pop()
      leastLogit = leastScore() - before + total - rounding
    }
  }
  return best
}
