/**
 * WAV files, read piece by piece so that a long one neither fills the memory nor holds up the event loop.
 *
 * Format: "Multimedia Programming Interface and Data Specifications 1.0" (Microsoft, IBM 1991) and RFC 2361; the
 * decoders of A-law and mu-law are those of ITU-T G.711.
 */
import { VoxbridgeError } from '../errors.ts'

export interface WavSource {
  readonly rateHz: number
  /** Samples of one channel. */
  readonly length: number
  /** @returns mono samples from -1 to 1, all channels mixed; shorter at the end of the file */
  read(start: number, count: number): Float32Array
}

type SampleReader = (view: DataView, offset: number) => number

const readers: Readonly<Record<string, SampleReader>> = {
  'pcm 8': (view, offset) => (view.getUint8(offset) - 128) / 128,
  'pcm 16': (view, offset) => view.getInt16(offset, true) / 2 ** 15,
  'pcm 24': (view, offset) => (view.getInt16(offset + 1, true) * 256 + view.getUint8(offset)) / 2 ** 23,
  'pcm 32': (view, offset) => view.getInt32(offset, true) / 2 ** 31,
  'float 32': (view, offset) => view.getFloat32(offset, true),
  'float 64': (view, offset) => view.getFloat64(offset, true),
  'A-law 8': (view, offset) => decodeALaw(view.getUint8(offset)),
  'mu-law 8': (view, offset) => decodeMuLaw(view.getUint8(offset)),
}
const encodings: Readonly<Record<number, string>> = { 1: 'pcm', 3: 'float', 6: 'A-law', 7: 'mu-law' }
const extensible = 0xfffe

/** @throws VoxbridgeError ERR_AUDIO_FORMAT in words that say what is accepted. */
export function openWav(bytes: Uint8Array): WavSource {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (!hasTag(view, 0, 'RIFF') || !hasTag(view, 8, 'WAVE')) throw badWav('this is not a WAV file')
  const format = findChunk(view, 'fmt ')
  const data = findChunk(view, 'data')
  if (!format || format.bytes < 16) throw badWav('it has no format chunk')
  if (!data) throw badWav('it has no data chunk')

  const code = view.getUint16(format.start, true)
  const channels = view.getUint16(format.start + 2, true)
  const rateHz = view.getUint32(format.start + 4, true)
  const bits = view.getUint16(format.start + 14, true)
  // The extensible form gives the code at the start of its sub-format.
  const subCode = code === extensible && format.bytes >= 26 ? view.getUint16(format.start + 24, true) : code
  const readSample = readers[`${encodings[subCode] ?? 'unknown'} ${bits}`]
  if (!readSample) throw badWav(`its encoding (${subCode}, ${bits} bits) is not known`)
  if (channels < 1 || channels > 32) throw badWav(`it has ${channels} channels`)
  if (rateHz < 8000 || rateHz > 192000) throw badWav(`its sample rate is ${rateHz} Hz`)

  const bytesPerSample = bits / 8
  const length = Math.floor(data.bytes / (bytesPerSample * channels))
  return {
    rateHz,
    length,
    read(start, count) {
      const samples = new Float32Array(Math.max(0, Math.min(count, length - start)))
      let offset = data.start + start * channels * bytesPerSample
      for (let index = 0; index < samples.length; index++) {
        let sum = 0
        for (let channel = 0; channel < channels; channel++, offset += bytesPerSample) {
          sum += readSample(view, offset)
        }
        samples[index] = clamp(sum / channels)
      }
      return samples
    },
  }
}

/** @param pcm mono */
export function encodeWav(pcm: Int16Array, rateHz: number): Uint8Array {
  const headerBytes = 44
  const bytes = new Uint8Array(headerBytes + pcm.byteLength)
  const view = new DataView(bytes.buffer)
  const writeTag = (offset: number, text: string): void => bytes.set(Buffer.from(text, 'latin1'), offset)
  writeTag(0, 'RIFF')
  view.setUint32(4, bytes.length - 8, true)
  writeTag(8, 'WAVEfmt ')
  view.setUint32(16, 16, true)
  view.setUint16(20, 1, true)
  view.setUint16(22, 1, true)
  view.setUint32(24, rateHz, true)
  view.setUint32(28, rateHz * 2, true)
  view.setUint16(32, 2, true)
  view.setUint16(34, 16, true)
  writeTag(36, 'data')
  view.setUint32(40, pcm.byteLength, true)
  bytes.set(new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength), headerBytes)
  return bytes
}

/** A chunk that says it is longer than the file (a stream whose length was not known) ends with the file. */
function findChunk(view: DataView, name: string): { start: number; bytes: number } | undefined {
  for (let offset = 12; offset + 8 <= view.byteLength;) {
    const start = offset + 8
    const bytes = Math.min(view.getUint32(offset + 4, true), view.byteLength - start)
    if (hasTag(view, offset, name)) return { start, bytes }
    offset = start + bytes + (bytes % 2)
  }
  return undefined
}

/** Compares in place: a hostile file may hold millions of empty chunks. */
function hasTag(view: DataView, offset: number, tag: string): boolean {
  if (offset + 4 > view.byteLength) return false
  for (let index = 0; index < 4; index++) {
    if (view.getUint8(offset + index) !== tag.charCodeAt(index)) return false
  }
  return true
}

/** Not a number, as a broken float file may hold, counts as silence. */
function clamp(sample: number): number {
  return Math.max(-1, Math.min(1, sample || 0))
}

function decodeALaw(code: number): number {
  const value = code ^ 0x55
  const exponent = (value >> 4) & 7
  const mantissa = (value & 15) * 2 + 1
  const magnitude = exponent === 0 ? mantissa : (mantissa + 32) << (exponent - 1)
  return (value & 0x80 ? magnitude : -magnitude) / 4096
}

function decodeMuLaw(code: number): number {
  const value = ~code & 0xff
  const magnitude = ((((value & 15) << 3) + 0x84) << ((value >> 4) & 7)) - 0x84
  return (value & 0x80 ? -magnitude : magnitude) / 32768
}

function badWav(reason: string): VoxbridgeError {
  return new VoxbridgeError(
    'ERR_AUDIO_FORMAT',
    `The body must be a WAV file (PCM of 8, 16, 24 or 32 bits, float, A-law or mu-law; 8000 to 192000 Hz): ${reason}.`,
  )
}
