import { HandOver, type HandOverOptions } from './hand-over.ts'
import type { Stage } from './stage.ts'

/**
 * Lets the stages before it work while the one after it is busy. Order is kept; an error of the source is thrown
 * after the items that came before it; a reader that leaves early ends the source.
 *
 * @example pipe(source, transcribe, readAhead({ capacity: 1 }), translate)
 */
export function readAhead<T>(options: HandOverOptions<T>): Stage<T, T> {
  return async function* (source) {
    const ahead = new HandOver(options)
    const fetching = ahead.fill(source)
    try {
      yield* ahead
    } finally {
      await fetching
    }
  }
}
