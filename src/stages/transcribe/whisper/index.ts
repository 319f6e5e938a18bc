/** Speech recognition with Whisper (A. Radford et al., Robust Speech Recognition via Large-Scale Weak Supervision, 2022). */
import { basename } from 'node:path'
import { type Engine, type EngineModule } from '../../../models/engine.ts'
import { onlyModel } from '../../../models/only-model.ts'
import { type Recognition, type RecognizeRequest, type RecognizerInfo } from '../recognizer.ts'
import { ctranslate2WhisperImporter } from './import-ctranslate2.ts'
import { WhisperModel } from './model.ts'
import { checkRequest, maxSeconds } from './request-check.ts'
import { transcribe } from './transcription.ts'

export const engineModule: EngineModule<RecognizeRequest, Recognition, RecognizerInfo> = {
  importers: [ctranslate2WhisperImporter],
  load: async ({ modelDirs, ...session }) => {
    const modelDir = onlyModel('whisper', modelDirs)
    return createEngine(await WhisperModel.load(modelDir, session), basename(modelDir))
  },
}

function createEngine(
  model: WhisperModel,
  name: string,
): Engine<RecognizeRequest, Recognition, RecognizerInfo> {
  return {
    info: { model: name, languages: Object.keys(model.description.languages), maxSeconds },
    async *run(request, options) {
      checkRequest(request, model.description)
      yield await transcribe(model, request, options)
    },
    close: () => model.release(),
  }
}
