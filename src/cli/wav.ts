/** WAV files as the command line, the benches and the tests use them. */
import { readFile, writeFile } from 'node:fs/promises'
import { toVoxbridgeError, VoxbridgeError } from '../errors.ts'
import { toPcm16 } from '../transport/pcm.ts'
import { createResampler, pipelineRateHz } from '../transport/resampler.ts'
import { encodeWav, openWav } from '../transport/wav.ts'

/** The highest rate that the protocol takes. */
const maxRateHz = 48000

export interface Recording {
  /** Mono PCM16. */
  readonly pcm: Int16Array
  /** 8000 to 48000. */
  readonly sampleRate: number
}

/** @throws VoxbridgeError ERR_AUDIO_FORMAT where the file cannot be read or is no WAV file. */
export async function readWav(path: string): Promise<Recording> {
  try {
    return await decodeWav(await readFile(path))
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    const reason = missing ? 'there is no such file' : toVoxbridgeError(error).message
    throw new VoxbridgeError('ERR_AUDIO_FORMAT', `${path}: ${reason}`, { cause: error })
  }
}

/** Mixes all channels into one. A rate above what the protocol takes becomes 16 kHz. */
export async function decodeWav(bytes: Uint8Array): Promise<Recording> {
  const wav = openWav(bytes)
  const samples = wav.read(0, wav.length)
  if (samples.length === 0) throw new VoxbridgeError('ERR_AUDIO_FORMAT', 'it holds no audio')
  if (wav.rateHz <= maxRateHz) return { pcm: toPcm16(samples), sampleRate: wav.rateHz }
  const resampler = await createResampler(wav.rateHz)
  try {
    return { pcm: toPcm16(resampler.process(samples)), sampleRate: pipelineRateHz }
  } finally {
    resampler.close()
  }
}

export async function writeWav(path: string, { pcm, sampleRate }: Recording): Promise<void> {
  await writeFile(path, encodeWav(pcm, sampleRate))
}
