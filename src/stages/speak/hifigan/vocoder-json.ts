/** `vocoder.json`, and what `voice.json` has in common with it; `scripts/export_to_onnx.py` writes both. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { VoxbridgeError } from '../../../errors.ts'
import { Fields } from '../../../models/fields.ts'
import type { VocoderFormat } from './vocoder.ts'

/**
 * A chunk of audio is made with this many frames on either side, and what they become is thrown away. The receptive
 * field of HiFi-GAN reaches about so far (V1 and V2: 3 frames by the first convolution, 8.5 by the first upsampling
 * and its residual blocks, 1.5 by all others; what lies beyond has no weight that float32 would show): with 12 frames
 * the chunks equal the whole to rounding, with 10 they do not. V3 reaches 10.6 frames.
 */
const hifiganContextFrames = 12

/** @throws VoxbridgeError ERR_MODEL_FORMAT where the file is missing or no JSON object. */
export async function readJsonFields(dir: string, file: string): Promise<Fields> {
  const text = await readFile(join(dir, file), 'utf8').catch((cause: unknown) => {
    throw new VoxbridgeError('ERR_MODEL_FORMAT', `expected ${file} in ${dir}`, { cause })
  })
  try {
    return new Fields(JSON.parse(text), file, 'ERR_MODEL_FORMAT')
  } catch (error) {
    if (error instanceof VoxbridgeError) throw error
    throw new VoxbridgeError('ERR_MODEL_FORMAT', `${file} is no JSON`, { cause: error })
  }
}

/** @throws VoxbridgeError ERR_MODEL_FORMAT */
export function readVocoderFormat(fields: Fields): VocoderFormat {
  const context = 'vocoder_context_frames'
  return {
    sampleRate: fields.count('sample_rate'),
    hopSamples: fields.count('hop_length'),
    melBins: fields.count('n_mels'),
    contextFrames: fields.has(context) ? fields.index(context) : hifiganContextFrames,
  }
}
