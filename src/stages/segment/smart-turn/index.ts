/**
 * Smart Turn v3.2 (https://github.com/pipecat-ai/smart-turn, BSD-2-Clause): hears in 23 languages whether a speaker
 * has finished.
 */
import { basename, join } from 'node:path'
import type { InferenceSession } from 'onnxruntime-node'
import type { Engine, EngineModule } from '../../../models/engine.ts'
import { onlyModel } from '../../../models/only-model.ts'
import { createSession } from '../../../models/session.ts'
import { LogMel, sampleRateHz } from '../../transcribe/whisper/features.ts'
import type { TurnDetectorInfo, TurnJudgement, TurnRequest } from '../turn-detector.ts'

const modelFile = 'smart-turn-v3.2-cpu.onnx'
const maxSeconds = 8
const windowSamples = maxSeconds * sampleRateHz
const melBins = 80
const leastVariance = 1e-7

type TurnEngine = Engine<TurnRequest, TurnJudgement, TurnDetectorInfo>

export const engineModule: EngineModule<TurnRequest, TurnJudgement, TurnDetectorInfo> = {
  importers: [],
  async load({ modelDirs, ...options }) {
    const modelDir = onlyModel('smart-turn', modelDirs)
    const logMel = await LogMel.create(melBins, options.threads)
    const session = await createSession(join(modelDir, modelFile), options)
    return createEngine(logMel, session, basename(modelDir))
  },
}

function createEngine(logMel: LogMel, session: InferenceSession, model: string): TurnEngine {
  return {
    info: { model, maxSeconds },
    async *run({ samples }) {
      const startedAt = performance.now()
      const mel = await logMel.compute(normalize(lastSeconds(samples)), windowSamples)
      // Named so by the export; it is a probability already.
      const { logits } = await session.run({ input_features: mel })
      yield { probability: Number(logits?.data[0]), modelMs: performance.now() - startedAt }
    },
    async close() {
      await Promise.all([logMel.release(), session.release()])
    },
  }
}

/** The end of the audio as the model knows it: 8 s, what is missing is silence before it. */
function lastSeconds(samples: Float32Array): Float32Array {
  const window = new Float32Array(windowSamples)
  const last = samples.subarray(-windowSamples)
  window.set(last, windowSamples - last.length)
  return window
}

/** Zero mean and unit variance over the whole window, its silence included; in place. */
function normalize(window: Float32Array): Float32Array {
  let sum = 0
  for (const sample of window) sum += sample
  const mean = sum / window.length
  let squares = 0
  for (const sample of window) squares += (sample - mean) ** 2
  const scale = 1 / Math.sqrt(squares / window.length + leastVariance)
  for (let index = 0; index < window.length; index++) window[index] = ((window[index] ?? 0) - mean) * scale
  return window
}
