/** What Kokoro and hibari share: from a request to phonemes, one run of a model for each stretch, and clean edges. */
import { VoxbridgeError } from '../../errors.ts'
import type { CancelSignal, Engine, EngineModule, ModelImporter, RunOptions } from '../../models/engine.ts'
import type { SessionOptions } from '../../models/session.ts'
import { splitClauses } from './clauses.ts'
import { createEspeakPhonemizer } from './espeak-phonemizer.ts'
import { kokoroPhonemes, tokenIds } from './kokoro-phonemes.ts'
import type { Phonemizer } from './phonemizer.ts'
import { speakableText } from './speakable-text.ts'
import type { SpeechChunk, SynthesizeRequest, SynthesizerInfo } from './synthesizer.ts'
import { trimSilence } from './trim-silence.ts'
import type { VoiceDescription, VoiceModelDescription } from './voice-model.ts'

/** One loaded model with its voices. */
export interface PhonemeModel {
  readonly description: VoiceModelDescription
  /** Tokens of one run, with the padding at both ends. */
  readonly maxTokens: number
  /** @returns mono samples at the model's rate. */
  render(tokens: readonly number[], voice: VoiceDescription, speed: number): Promise<Float32Array>
  close(): Promise<void>
}

export type SpeechEngine = Engine<SynthesizeRequest, SpeechChunk, SynthesizerInfo>

const slowest = 0.5
const fastest = 2

/** What a folder of such an engine exports. */
export function phonemeEngineModule(
  importer: ModelImporter,
  loadModel: (dir: string, options: SessionOptions) => Promise<PhonemeModel>,
): EngineModule<SynthesizeRequest, SpeechChunk, SynthesizerInfo> {
  return {
    importers: [importer],
    async load({ modelDirs, ...session }) {
      const phonemizer = await createEspeakPhonemizer()
      const models = await Promise.all(modelDirs.map((dir) => loadModel(dir, session)))
      return createPhonemeEngine(models, phonemizer)
    },
  }
}

/** @throws VoxbridgeError ERR_MODEL_FORMAT where the models have different sample rates. */
export function createPhonemeEngine(models: readonly PhonemeModel[], phonemizer: Phonemizer): SpeechEngine {
  const sampleRates = new Set(models.map(({ description }) => description.sampleRate))
  const [sampleRate, ...others] = sampleRates
  if (sampleRate === undefined || others.length > 0) {
    const rates = [...sampleRates].join(' and ')
    throw new VoxbridgeError(
      'ERR_MODEL_FORMAT',
      `the models of one engine need one sample rate, not ${rates}`,
    )
  }
  return new PhonemeEngine(models, phonemizer, sampleRate)
}

class PhonemeEngine implements SpeechEngine {
  readonly info: SynthesizerInfo
  readonly #models: readonly PhonemeModel[]
  readonly #phonemizer: Phonemizer

  constructor(models: readonly PhonemeModel[], phonemizer: Phonemizer, sampleRate: number) {
    this.#models = models
    this.#phonemizer = phonemizer
    const voices = models.flatMap(({ description: { engine, voices } }) =>
      voices.map(({ id, language }) => ({ id, language, engine })),
    )
    this.info = { voices, sampleRate }
  }

  async *run(request: SynthesizeRequest, { signal }: RunOptions): AsyncGenerator<SpeechChunk> {
    const { model, voice } = this.#choose(request)
    const { speed = 1, gap = 1 } = request
    if (!(speed >= slowest && speed <= fastest)) {
      throw new VoxbridgeError('ERR_BAD_REQUEST', `speed ${speed} is outside ${slowest} to ${fastest}`)
    }
    const text = speakableText(request.text, voice.language)
    for (const part of this.#parts(text, voice, model.maxTokens, signal)) {
      const audio = await model.render(part.tokens, voice, speed)
      const samples = trimSilence(audio, this.info.sampleRate, (pauseMs(part.phonemes) * gap) / speed)
      if (samples.length > 0) yield { samples }
      if (signal.aborted) return
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#models.map((model) => model.close()))
  }

  #choose({ language, voice: id }: SynthesizeRequest): { model: PhonemeModel; voice: VoiceDescription } {
    const voices = this.#models.flatMap((model) =>
      model.description.voices.map((voice) => ({ model, voice })),
    )
    const ofLanguage = voices.filter(({ voice }) => voice.language === language)
    const chosen = id === undefined ? ofLanguage[0] : ofLanguage.find(({ voice }) => voice.id === id)
    if (chosen) return chosen
    if (ofLanguage.length === 0) {
      const languages = [...new Set(voices.map(({ voice }) => voice.language))].join(', ')
      throw new VoxbridgeError(
        'ERR_LANGUAGE',
        `no voice speaks ${language}; there are voices for ${languages}`,
      )
    }
    const ids = ofLanguage.map(({ voice }) => voice.id).join(', ')
    throw new VoxbridgeError('ERR_VOICE', `no voice ${id} speaks ${language}; its voices are ${ids}`)
  }

  /** The text in stretches that the model can speak in one run: whole if it fits, else clause by clause. */
  *#parts(text: string, voice: VoiceDescription, maxTokens: number, signal: CancelSignal): Generator<Part> {
    if (signal.aborted) return
    const phonemes = kokoroPhonemes(text, voice.espeakVoice, this.#phonemizer)
    const tokens = tokenIds(phonemes)
    if (tokens.length <= maxTokens) {
      if (phonemes !== '') yield { phonemes, tokens }
      return
    }
    const clauses = splitClauses(text, voice.language)
    for (const part of clauses.length > 1 ? clauses : halves(text)) {
      yield* this.#parts(part, voice, maxTokens, signal)
    }
  }
}

interface Part {
  readonly phonemes: string
  readonly tokens: readonly number[]
}

function halves(text: string): string[] {
  const middle = Math.ceil(text.length / 2)
  const space = text.lastIndexOf(' ', middle)
  const cut = space > 0 ? space : middle
  return [text.slice(0, cut), text.slice(cut)]
}

/** The pause that a speaker makes after these phonemes. */
function pauseMs(phonemes: string): number {
  if (/[.!?…]["”)]*$/u.test(phonemes)) return 250
  return /[,;:—]["”)]*$/u.test(phonemes) ? 140 : 60
}
