/** A chunk of frames: `start` up to, but without, `end`. */
export interface Chunk {
  readonly start: number
  readonly end: number
}

/** Audio of the first chunk: short, because a listener waits for it. */
const firstMs = 200
/** A chunk cannot be interrupted, so that the longest should take a moment only. */
const largestFrames = 128
/** A rest of less than this share of a chunk is made together with it. */
const smallRest = 0.5

/**
 * Cuts an utterance into chunks that double in length: each plays long enough for the next to be made, and the
 * surroundings that every chunk is computed with weigh less and less.
 */
export function* chunksOf(frames: number, framesPerSecond: number): Generator<Chunk> {
  let size = Math.ceil((firstMs / 1000) * framesPerSecond)
  for (let start = 0; start < frames;) {
    const end = frames - start < size * (1 + smallRest) ? frames : start + size
    yield { start, end }
    start = end
    size = Math.min(2 * size, Math.max(largestFrames, size))
  }
}
