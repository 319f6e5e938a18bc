/** FastSpeech2 with HiFi-GAN: the mel of a clause in one run, its audio chunk by chunk. */
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { VoxbridgeError } from '../../../errors.ts'
import type { EngineModule, RunOptions } from '../../../models/engine.ts'
import type { SessionOptions } from '../../../models/session.ts'
import { createEspeakPhonemizer } from '../espeak-phonemizer.ts'
import { checkSameFormat } from '../hifigan/frames.ts'
import { hifiganImporter } from '../hifigan/importer.ts'
import { type Vocoder, loadVocoder } from '../hifigan/vocoder.ts'
import { readJsonFields, readVocoderFormat } from '../hifigan/vocoder-json.ts'
import { type PhonemeModel, createPhonemeEngine } from '../phoneme-engine.ts'
import type { SpeechChunk, SynthesizeRequest, SynthesizerInfo } from '../synthesizer.ts'
import { readVoiceModelDescription } from '../voice-model.ts'
import { type AcousticModel, loadAcousticModel } from './acoustic-model.ts'
import type { AcousticRequest } from './acoustic-ports.ts'
import { fastspeech2Importer } from './importer.ts'
import { createSpell } from './spelling.ts'
import { readTokenTable } from './token-table.ts'
import { type VoiceJson, readVoiceJson } from './voice-json.ts'

/** Longer texts are spoken in parts: what is longer than any sentence of the training comes out badly. */
const maxTokens = 510
/** Enough for a model to have something to speak. */
const triedTokens = 8

/**
 * Loads voices, and at most one vocoder that stands by itself: a folder without `acoustic.onnx`, for the voices that
 * bring none.
 */
export const engineModule: EngineModule<SynthesizeRequest, SpeechChunk, SynthesizerInfo> = {
  importers: [fastspeech2Importer, hifiganImporter],
  async load({ modelDirs, ...session }) {
    const isVoice = (dir: string): boolean => existsSync(join(dir, 'acoustic.onnx'))
    const [vocoderDir, ...others] = modelDirs.filter((dir) => !isVoice(dir))
    if (others.length > 0) {
      const names = [vocoderDir!, ...others].map((dir) => basename(dir)).join(', ')
      throw new VoxbridgeError('ERR_CONFIG', `voices share one vocoder, not several: ${names}`)
    }
    const voiceDirs = modelDirs.filter(isVoice)
    if (voiceDirs.length === 0) {
      throw new VoxbridgeError(
        'ERR_CONFIG',
        `${basename(vocoderDir ?? '')} is a vocoder: TTS_MODEL should name a voice for it, of the engine fastspeech2`,
      )
    }
    const phonemizer = await createEspeakPhonemizer()
    const models = await Promise.all(voiceDirs.map((dir) => loadVoice(dir, vocoderDir, session)))
    return createPhonemeEngine(models, phonemizer)
  },
}

async function loadVoice(
  dir: string,
  otherVocoderDir: string | undefined,
  options: SessionOptions,
): Promise<PhonemeModel> {
  const description = await readVoiceModelDescription(dir)
  const voice = await readVoiceJson(dir)
  const spell = createSpell(await readTokenTable(dir), voice)
  const vocoder = await loadVocoderFor(voice, dir, otherVocoderDir, options)
  const { melBins } = voice.format
  const acousticOptions = { ...options, melBins, extras: vocoder.extraInputs }
  const acoustic = await loadAcousticModel(join(dir, 'acoustic.onnx'), acousticOptions)
  await tryOut(acoustic, vocoder)
  return {
    description,
    maxTokens,
    spell,
    render(tokens, spokenBy, speed, { signal }) {
      const speaker = description.voices.findIndex(({ id }) => id === spokenBy.id)
      return speak(acoustic, vocoder, { tokens, speaker, speed }, { signal })
    },
    async close() {
      await acoustic.close()
      await vocoder.close()
    },
  }
}

/** @throws VoxbridgeError ERR_MODEL_MISSING where there is none, ERR_MODEL_FORMAT where it does not fit the voice. */
async function loadVocoderFor(
  voice: VoiceJson,
  dir: string,
  otherDir: string | undefined,
  options: SessionOptions,
): Promise<Vocoder> {
  const vocoderDir = existsSync(join(dir, 'vocoder.onnx')) ? dir : otherDir
  if (vocoderDir === undefined) {
    throw new VoxbridgeError(
      'ERR_MODEL_MISSING',
      `the voice ${basename(dir)} brings no vocoder: HIFIGAN_MODEL should name one, imported from a folder with vocoder.onnx and vocoder.json`,
    )
  }
  const format = existsSync(join(vocoderDir, 'vocoder.json'))
    ? readVocoderFormat(await readJsonFields(vocoderDir, 'vocoder.json'))
    : voice.format
  const isOwn = vocoderDir === dir
  checkSameFormat(
    voice.format,
    format,
    isOwn ? undefined : `the voice ${basename(dir)} and the vocoder ${basename(vocoderDir)}`,
  )
  return loadVocoder(join(vocoderDir, 'vocoder.onnx'), format, options)
}

/** Finds out while loading whether the two fit, whatever their descriptions say. */
async function tryOut(acoustic: AcousticModel, vocoder: Vocoder): Promise<void> {
  const request = { tokens: new Array<number>(triedTokens).fill(0), speaker: 0, speed: 1 }
  for await (const audio of speak(acoustic, vocoder, request, { signal: { aborted: false } })) void audio
}

async function* speak(
  acoustic: AcousticModel,
  vocoder: Vocoder,
  request: AcousticRequest,
  options: RunOptions,
): AsyncGenerator<Float32Array> {
  const { mel, extras } = await acoustic.run(request)
  yield* vocoder.stream(mel, extras, options)
}
