/** What voices that read phonemes share: from a request to phonemes, a stretch at a time, and clean edges. */
import type { CancelSignal, Engine, EngineModule, ModelImporter, RunOptions } from '../../models/engine.ts'
import type { SessionOptions } from '../../models/session.ts'
import { joinSamples } from '../../pipeline/join-samples.ts'
import { splitClauses } from './clauses.ts'
import { createEspeakPhonemizer } from './espeak-phonemizer.ts'
import { kokoroPhonemes, tokenIds } from './kokoro-phonemes.ts'
import { outputRateHz } from './pcm.ts'
import type { Phonemizer } from './phonemizer.ts'
import { speakableText } from './speakable-text.ts'
import { checkSpeed, findVoice, pauseMs } from './speech-request.ts'
import { type SpeechResampler, createSpeechResampler } from './speech-resampler.ts'
import type { SpeechChunk, SynthesizeRequest, SynthesizerInfo } from './synthesizer.ts'
import { trimSilence, trimSilenceOfPieces } from './trim-silence.ts'
import { type VoiceDescription, type VoiceModelDescription, voicesOf } from './voice-model.ts'

/** One loaded model with its voices. */
export interface PhonemeModel {
  readonly description: VoiceModelDescription
  /** Tokens of one run, with the padding at both ends. */
  readonly maxTokens: number
  /** How it wants a text written; in Kokoro's symbols where it is left out. */
  readonly spell?: Spell
  /** @returns mono samples at the model's rate: the whole clip, or pieces of it as soon as they are made. */
  render(
    tokens: readonly number[],
    voice: VoiceDescription,
    speed: number,
    options: RunOptions,
  ): Promise<Float32Array> | AsyncIterable<Float32Array>
  close(): Promise<void>
}

/** Writes a text as a model reads it. */
export type Spell = (text: string, espeakVoice: string, phonemizer: Phonemizer) => Spelling

export interface Spelling {
  /** In the order of speaking, with punctuation; empty where there is nothing to pronounce. */
  readonly phonemes: string
  readonly tokens: readonly number[]
}

export type SpeechEngine = Engine<SynthesizeRequest, SpeechChunk, SynthesizerInfo>

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

export async function createPhonemeEngine(
  models: readonly PhonemeModel[],
  phonemizer: Phonemizer,
): Promise<SpeechEngine> {
  const speakers = models.map(async (model) => {
    const resampler = await createSpeechResampler(model.description.sampleRate)
    return { model, resampler }
  })
  return new PhonemeEngine(await Promise.all(speakers), phonemizer)
}

/** A model, and what brings its audio to the rate of all voices. */
interface Speaker {
  readonly model: PhonemeModel
  readonly resampler: SpeechResampler
}

class PhonemeEngine implements SpeechEngine {
  readonly info: SynthesizerInfo
  readonly #speakers: readonly Speaker[]
  readonly #phonemizer: Phonemizer

  constructor(speakers: readonly Speaker[], phonemizer: Phonemizer) {
    this.#speakers = speakers
    this.#phonemizer = phonemizer
    const voices = speakers.flatMap(({ model }) => voicesOf(model.description))
    this.info = { voices, sampleRate: outputRateHz }
  }

  async *run(request: SynthesizeRequest, { signal }: RunOptions): AsyncGenerator<SpeechChunk> {
    const { model, resampler, voice } = this.#choose(request)
    const { speed = 1, gap = 1 } = request
    checkSpeed(speed)
    const text = speakableText(request.text, voice.language)
    for (const part of this.#parts(text, voice, model, signal)) {
      const audio = model.render(part.tokens, voice, speed, { signal })
      const tailMs = (pauseMs(part.phonemes) * gap) / speed
      const pieces =
        audio instanceof Promise
          ? [trimSilence(await joined(resampler.resample([await audio])), outputRateHz, tailMs)]
          : trimSilenceOfPieces(resampler.resample(audio), outputRateHz, tailMs)
      for await (const samples of pieces) {
        if (samples.length > 0) yield { samples }
        if (signal.aborted) return
      }
    }
  }

  async close(): Promise<void> {
    for (const { resampler } of this.#speakers) resampler.close()
    await Promise.all(this.#speakers.map(({ model }) => model.close()))
  }

  #choose({ language, voice: id }: SynthesizeRequest): Speaker & { readonly voice: VoiceDescription } {
    const voices = this.#speakers.flatMap(({ model, resampler }) =>
      model.description.voices.map((voice) => ({ ...voice, model, resampler, voice })),
    )
    return findVoice(voices, language, id)
  }

  /** The text in stretches that the model can speak in one run: whole if it fits, else clause by clause. */
  *#parts(
    text: string,
    voice: VoiceDescription,
    model: PhonemeModel,
    signal: CancelSignal,
  ): Generator<Spelling> {
    if (signal.aborted) return
    const spelling = (model.spell ?? spellForKokoro)(text, voice.espeakVoice, this.#phonemizer)
    if (spelling.tokens.length <= model.maxTokens) {
      if (spelling.phonemes !== '') yield spelling
      return
    }
    const clauses = splitClauses(text, voice.language)
    for (const part of clauses.length > 1 ? clauses : halves(text)) {
      yield* this.#parts(part, voice, model, signal)
    }
  }
}

function spellForKokoro(text: string, espeakVoice: string, phonemizer: Phonemizer): Spelling {
  const phonemes = kokoroPhonemes(text, espeakVoice, phonemizer)
  return { phonemes, tokens: tokenIds(phonemes) }
}

async function joined(pieces: AsyncIterable<Float32Array>): Promise<Float32Array> {
  const all: Float32Array[] = []
  for await (const piece of pieces) all.push(piece)
  return joinSamples(all)
}

function halves(text: string): string[] {
  const middle = Math.ceil(text.length / 2)
  const space = text.lastIndexOf(' ', middle)
  const cut = space > 0 ? space : middle
  return [text.slice(0, cut), text.slice(cut)]
}
