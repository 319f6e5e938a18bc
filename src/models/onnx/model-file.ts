import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { VoxbridgeError } from '../../errors.ts'
import { type OnnxModel, decodeModel } from './model.ts'

/**
 * @throws VoxbridgeError ERR_MODEL_FORMAT where there is no such file, or it is no ONNX model with all its weights
 *   inside.
 */
export async function readModelFile(path: string): Promise<OnnxModel> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new VoxbridgeError('ERR_MODEL_FORMAT', `expected ${basename(path)} in the folder`, { cause })
  })
  try {
    return decodeModel(bytes)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new VoxbridgeError('ERR_MODEL_FORMAT', `${basename(path)} cannot be read: ${reason}`, { cause })
  }
}
