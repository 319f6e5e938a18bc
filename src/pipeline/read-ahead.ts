import type { Stage } from './stage.ts'

export interface ReadAheadOptions<T> {
  /** Most weight that may wait; an item is fetched as long as less than this waits. */
  readonly capacity: number
  /** Weight of an item, more than 0; 1 each when left out. */
  readonly weigh?: (item: T) => number
  readonly signal?: AbortSignal
}

/**
 * Lets the stages before it work while the one after it is busy. Order is kept; an error of the source is thrown
 * after the items that came before it; a reader that leaves early ends the source.
 *
 * @example pipe(source, transcribe, readAhead({ capacity: 1 }), translate)
 */
export function readAhead<T>({ capacity, weigh = () => 1, signal }: ReadAheadOptions<T>): Stage<T, T> {
  return async function* (source) {
    const waiting: T[] = []
    let weight = 0
    let stopped = false
    let ending: { readonly error?: unknown } | undefined
    let wakeReader: (() => void) | undefined
    let wakeWriter: (() => void) | undefined

    const fetch = async (): Promise<void> => {
      try {
        for await (const item of source) {
          waiting.push(item)
          weight += weigh(item)
          wakeReader?.()
          while (weight >= capacity && !stopped) await new Promise<void>((resolve) => (wakeWriter = resolve))
          if (stopped) break
        }
        ending = {}
      } catch (error) {
        ending = { error }
      }
      wakeReader?.()
    }

    const onAbort = (): void => {
      stopped = true
      wakeReader?.()
      wakeWriter?.()
    }
    signal?.addEventListener('abort', onAbort)
    const fetching = fetch()
    try {
      for (;;) {
        signal?.throwIfAborted()
        const item = waiting.shift()
        if (item !== undefined) {
          weight -= weigh(item)
          wakeWriter?.()
          yield item
        } else if (ending) {
          if ('error' in ending) throw ending.error
          return
        } else {
          await new Promise<void>((resolve) => (wakeReader = resolve))
        }
      }
    } finally {
      signal?.removeEventListener('abort', onAbort)
      stopped = true
      wakeWriter?.()
      await fetching
    }
  }
}
