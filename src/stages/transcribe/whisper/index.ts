/** Speech recognition with Whisper (A. Radford et al., Robust Speech Recognition via Large-Scale Weak Supervision, 2022). */
import { basename } from 'node:path'
import { VoxbridgeError } from '../../../errors.ts'
import { type Engine, type EngineModule } from '../../../models/engine.ts'
import { type Recognition, type RecognizeRequest, type RecognizerInfo } from '../recognizer.ts'
import { sampleRateHz } from './features.ts'
import { ctranslate2WhisperImporter } from './import-ctranslate2.ts'
import { WhisperModel } from './model.ts'
import { transcribe } from './transcription.ts'

/** One request must not keep the others waiting for minutes. */
const maxSeconds = 300

export const engineModule: EngineModule<RecognizeRequest, Recognition, RecognizerInfo> = {
  importers: [ctranslate2WhisperImporter],
  load: async ({ modelDirs, threads }) => {
    const [modelDir] = modelDirs
    if (modelDir === undefined || modelDirs.length > 1) {
      throw new VoxbridgeError('ERR_ENGINE', `whisper loads one model, not ${modelDirs.length}`)
    }
    return createEngine(await WhisperModel.load(modelDir, threads), basename(modelDir))
  },
}

function createEngine(
  model: WhisperModel,
  name: string,
): Engine<RecognizeRequest, Recognition, RecognizerInfo> {
  return {
    info: { model: name, languages: Object.keys(model.description.languages), maxSeconds },
    async *run(request, options) {
      const seconds = request.samples.length / sampleRateHz
      if (seconds > maxSeconds) {
        throw new VoxbridgeError(
          'ERR_BAD_REQUEST',
          `the audio has ${Math.round(seconds)} s, one request may carry ${maxSeconds} s`,
        )
      }
      yield await transcribe(model, request, options)
    },
    close: () => model.release(),
  }
}
