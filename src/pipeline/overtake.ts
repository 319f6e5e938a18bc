import { HandOver, type HandOverOptions } from './hand-over.ts'
import type { Stage } from './stage.ts'

export interface OvertakeOptions<In, Slow extends In, Fast extends In, Out> {
  /** The stage that takes its time. */
  readonly stage: Stage<Slow, Out>
  /** What the stage works on. */
  readonly takes: (item: In) => item is Slow
  /** What leaves at once; may be the same item. */
  readonly passes: (item: In) => item is Fast
  /** Items that may wait for the stage; then the source waits too. */
  readonly capacity: number
  /** What may wait for the reader. */
  readonly output: Omit<HandOverOptions<Fast | Out>, 'signal'>
  readonly signal?: AbortSignal
}

/**
 * Puts a slow stage on a lane of its own, so that items which need not wait for it overtake the ones that do:
 * captions are not held up by the speech that is made of earlier ones. Each lane keeps its order, and an item that
 * takes both is passed on before the stage gets it.
 *
 * @example pipe(sentences, overtake({ stage: speak, takes: isSentence, passes: isCaption, capacity: 16, output }))
 */
export function overtake<In, Slow extends In, Fast extends In, Out>({
  stage,
  takes,
  passes,
  capacity,
  output,
  signal,
}: OvertakeOptions<In, Slow, Fast, Out>): Stage<In, Fast | Out> {
  return async function* (source) {
    const abort = signal ? { signal } : {}
    const slow = new HandOver<Slow>({ capacity, ...abort })
    const out = new HandOver<Fast | Out>({ ...output, ...abort })

    async function* sorted(): AsyncGenerator<Slow> {
      for await (const item of source) {
        if (passes(item) && !(await out.put(item))) return
        if (takes(item)) yield item
      }
    }

    const sorting = slow.fill(sorted())
    const working = out.fill(stage(slow))
    try {
      yield* out
    } finally {
      await Promise.all([sorting, working])
    }
  }
}
