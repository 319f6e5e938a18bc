/** Rate of the audio that clients get. */
export const outputRateHz = 24_000

/** Short enough that the socket can wait between two pieces, long enough that headers do not matter. */
const pieceSamples = 0.15 * outputRateHz

/** Turns audio of -1 to 1 into PCM16 in pieces of 150 ms; what is louder is clipped. */
export function* toPcmPieces(samples: Float32Array): Generator<Int16Array> {
  for (let offset = 0; offset < samples.length; offset += pieceSamples) {
    const piece = samples.subarray(offset, offset + pieceSamples)
    yield Int16Array.from(piece, (sample) => Math.round(Math.max(-1, Math.min(1, sample)) * 32767))
  }
}
