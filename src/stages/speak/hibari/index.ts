/** hibari: English in about 20 ms a sentence. */
import { join } from 'node:path'
import { Tensor } from 'onnxruntime-node'
import { type SessionOptions, createSession } from '../../../models/session.ts'
import { type PhonemeModel, phonemeEngineModule } from '../phoneme-engine.ts'
import { readVoiceModelDescription } from '../voice-model.ts'
import { hibariImporter } from './importer.ts'
import { gaussianNoise } from './gaussian-noise.ts'
import { bins } from './waveform-graph.ts'

/** Sentences in the voice's training were not longer. */
const maxTokens = 402
/** Frames of noise before it repeats: 6.4 s, longer than any ear remembers noise. */
const noiseFrames = 512

export const engineModule = phonemeEngineModule(hibariImporter, loadModel)

async function loadModel(dir: string, options: SessionOptions): Promise<PhonemeModel> {
  const description = await readVoiceModelDescription(dir)
  const session = await createSession(join(dir, 'model.onnx'), options)
  const noise = new Tensor('float32', gaussianNoise(noiseFrames * 2 * bins), [noiseFrames, 2 * bins])
  return {
    description,
    maxTokens,
    async render(tokens, _voice, speed) {
      const { audio } = await session.run({
        ids: new Tensor('int64', BigInt64Array.from(tokens, BigInt), [1, tokens.length]),
        speed: new Tensor('float32', [speed], [1]),
        noise,
      })
      return audio?.data as Float32Array
    },
    close: () => session.release(),
  }
}
