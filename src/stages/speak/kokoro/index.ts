/** Kokoro-82M: natural voices in several languages. It speaks a clause at a time and cannot stream inside one. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Tensor } from 'onnxruntime-node'
import { VoxbridgeError } from '../../../errors.ts'
import { type SessionOptions, createSession } from '../../../models/session.ts'
import { type PhonemeModel, phonemeEngineModule } from '../phoneme-engine.ts'
import { readVoiceModelDescription } from '../voice-model.ts'
import { kokoroImporter } from './importer.ts'
import { kokoroPorts } from './ports.ts'

const styleLength = 256
/** A voice has one style for every number of tokens between the padding. */
const stylesPerVoice = 510
const maxTokens = stylesPerVoice + 2

export const engineModule = phonemeEngineModule(kokoroImporter, loadModel)

async function loadModel(dir: string, options: SessionOptions): Promise<PhonemeModel> {
  const description = await readVoiceModelDescription(dir)
  const styles = new Map<string, Float32Array>()
  for (const { id } of description.voices) styles.set(id, await readStyles(join(dir, 'voices', `${id}.bin`)))
  const session = await createSession(join(dir, 'model.onnx'), options)
  const ports = kokoroPorts(session.inputNames, session.outputNames)
  return {
    description,
    maxTokens,
    async render(tokens, { id }, speed) {
      // The style for one token is the first.
      const row = (tokens.length - 3) * styleLength
      const results = await session.run({
        [ports.tokens]: new Tensor('int64', BigInt64Array.from(tokens, BigInt), [1, tokens.length]),
        style: new Tensor('float32', styles.get(id)!.slice(row, row + styleLength), [1, styleLength]),
        speed: new Tensor('float32', [speed], [1]),
      })
      return results[ports.audio]?.data as Float32Array
    },
    close: () => session.release(),
  }
}

/** Reads float32 [510, 1, 256]. */
async function readStyles(path: string): Promise<Float32Array> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new VoxbridgeError(
      'ERR_MODEL_MISSING',
      `the voice file ${path} is missing: install the model again`,
      {
        cause,
      },
    )
  })
  const expectedBytes = stylesPerVoice * styleLength * Float32Array.BYTES_PER_ELEMENT
  if (bytes.length !== expectedBytes) {
    throw new VoxbridgeError(
      'ERR_MODEL_FORMAT',
      `${path} has ${bytes.length} bytes, a voice has ${expectedBytes}`,
    )
  }
  return new Float32Array(Uint8Array.from(bytes).buffer)
}
