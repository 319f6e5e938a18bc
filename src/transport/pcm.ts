export { toPcm16 } from '../stages/speak/pcm.ts'

const bytesPerSample = 2

/** @param bytes PCM16, little endian, mono; an even number of them. @returns samples from -1 to 1 */
export function decodePcm16(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const samples = new Float32Array(bytes.byteLength / bytesPerSample)
  for (let index = 0; index < samples.length; index++) {
    samples[index] = view.getInt16(index * bytesPerSample, true) / 32768
  }
  return samples
}

/** @returns the same memory as bytes; every machine that the engines run on is little endian. */
export function encodePcm16(pcm: Int16Array): Uint8Array {
  return new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength)
}
