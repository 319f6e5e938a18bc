/** Speech recognition with Whisper (A. Radford et al., Robust Speech Recognition via Large-Scale Weak Supervision, 2022). */
import { basename } from 'node:path'
import { type Engine, type EngineModule } from '../../../models/engine.ts'
import { onlyModel } from '../../../models/only-model.ts'
import { type Recognition, type RecognizeRequest, type RecognizerInfo } from '../recognizer.ts'
import { sampleRateHz, samplesPerPosition } from './features.ts'
import { ctranslate2WhisperImporter } from './import-ctranslate2.ts'
import { optimumWhisperImporter } from './import-optimum.ts'
import { WhisperModel } from './model.ts'
import { checkRequest, maxSeconds } from './request-check.ts'
import { transcribe } from './transcription.ts'

export const engineModule: EngineModule<RecognizeRequest, Recognition, RecognizerInfo> = {
  importers: [ctranslate2WhisperImporter, optimumWhisperImporter],
  load: async ({ modelDirs, ...session }) => {
    const modelDir = onlyModel('whisper', modelDirs)
    return createEngine(await WhisperModel.load(modelDir, session), basename(modelDir))
  },
}

function createEngine(
  model: WhisperModel,
  name: string,
): Engine<RecognizeRequest, Recognition, RecognizerInfo> {
  const note = fixedContextNote(model, name)
  return {
    info: {
      model: name,
      languages: Object.keys(model.description.languages),
      maxSeconds,
      ...(note !== undefined && { note }),
    },
    async *run(request, options) {
      checkRequest(request, model.description)
      yield await transcribe(model, request, options)
    },
    close: () => model.release(),
  }
}

function fixedContextNote({ hasFixedContext, description }: WhisperModel, name: string): string | undefined {
  if (!hasFixedContext) return undefined
  const seconds = (description.shape.audioContext * samplesPerPosition) / sampleRateHz
  return (
    `${name} has a fixed context of ${seconds} s: every request, of a partial caption too, costs as much as ` +
    `one of ${seconds} s. The same model imported from CTranslate2 (Systran/faster-whisper-*) is faster.`
  )
}
