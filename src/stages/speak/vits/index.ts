/** The voices of Piper (VITS): many languages, one speaker each, a sentence in about 100 ms. */
import { join } from 'node:path'
import { Tensor } from 'onnxruntime-node'
import { type SessionOptions, createSession } from '../../../models/session.ts'
import { type PhonemeModel, phonemeEngineModule } from '../phoneme-engine.ts'
import { readPiperDescription } from './description.ts'
import { piperImporter } from './importer.ts'
import { spellForPiper } from './spelling.ts'

/** About 20 s of speech. What is longer is spoken in parts, so that it is heard sooner. */
const maxTokens = 500

export const engineModule = phonemeEngineModule(piperImporter, loadModel)

async function loadModel(dir: string, options: SessionOptions): Promise<PhonemeModel> {
  const description = await readPiperDescription(dir)
  const { symbolIds, scales } = description
  const session = await createSession(join(dir, 'model.onnx'), options)
  return {
    description,
    maxTokens,
    spell: (text, espeakVoice, phonemizer) => spellForPiper(text, espeakVoice, phonemizer, symbolIds),
    async render(tokens, _voice, speed) {
      const { output } = await session.run({
        input: new Tensor('int64', BigInt64Array.from(tokens, BigInt), [1, tokens.length]),
        input_lengths: new Tensor('int64', [BigInt(tokens.length)], [1]),
        scales: new Tensor('float32', [scales.noise, scales.length / speed, scales.noiseWidth], [3]),
      })
      return output?.data as Float32Array
    },
    close: () => session.release(),
  }
}
