import { VoxbridgeError } from '../../../errors.ts'

/** What a mel means: frames of one kind fit only the models that were trained on it. */
export interface MelFormat {
  readonly sampleRate: number
  /** Samples from one frame to the next. */
  readonly hopSamples: number
  readonly melBins: number
}

/** Features of speech, e.g. a mel: float32 [channels, count], row by row. */
export interface Frames {
  readonly channels: number
  readonly count: number
  readonly values: Float32Array
}

/** @returns float32 [channels, end - start]. */
export function sliceFrames({ channels, count, values }: Frames, start: number, end: number): Frames {
  const slice = new Float32Array(channels * (end - start))
  for (let channel = 0; channel < channels; channel++) {
    const row = channel * count
    slice.set(values.subarray(row + start, row + end), channel * (end - start))
  }
  return { channels, count: end - start, values: slice }
}

/** @param values [rows, columns]. @returns [columns, rows]. */
export function transpose(values: Float32Array, rows: number, columns: number): Float32Array {
  const transposed = new Float32Array(values.length)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      transposed[column * rows + row] = values[row * columns + column]!
    }
  }
  return transposed
}

const labels = [
  ['sampleRate', 'sample rate', 'Hz'],
  ['hopSamples', 'hop', 'samples'],
  ['melBins', 'mel', 'bins'],
] as const

/**
 * @param models which two, for the error message.
 * @throws VoxbridgeError ERR_MODEL_FORMAT that names what differs.
 */
export function checkSameFormat(
  voice: MelFormat,
  vocoder: MelFormat,
  models = 'the acoustic model and the vocoder',
): void {
  const differences = labels
    .filter(([field]) => voice[field] !== vocoder[field])
    .map(([field, label, unit]) => `a ${label} of ${voice[field]} and of ${vocoder[field]} ${unit}`)
  if (differences.length === 0) return
  throw new VoxbridgeError(
    'ERR_MODEL_FORMAT',
    `${models} were not trained on the same kind of mel: they have ${differences.join(', ')}`,
  )
}
