/** espeak-ng: a robotic voice in about a hundred languages, for those that have no better one. */
import type { ESpeakNGWorker } from '@echogarden/espeak-ng-emscripten'
import { VoxbridgeError } from '../../../errors.ts'
import type { CancelSignal, EngineModule, RunOptions } from '../../../models/engine.ts'
import { onlyModel } from '../../../models/only-model.ts'
import { joinSamples } from '../../../pipeline/join-samples.ts'
import { loadEspeak } from '../espeak-phonemizer.ts'
import { outputRateHz } from '../pcm.ts'
import type { SpeechEngine } from '../phoneme-engine.ts'
import { speakableText } from '../speakable-text.ts'
import { checkSpeed, findVoice, pauseMs } from '../speech-request.ts'
import { type SpeechResampler, createSpeechResampler } from '../speech-resampler.ts'
import type { SpeechChunk, SynthesizeRequest, SynthesizerInfo } from '../synthesizer.ts'
import { trimSilence } from '../trim-silence.ts'
import { type VoiceModelDescription, readVoiceModelDescription, voicesOf } from '../voice-model.ts'
import { espeakImporter } from './importer.ts'

/** Slower than espeak-ng's own 175, at which a recogniser mistakes a fifth more of the letters. */
const usualWordsPerMinute = 150

export const engineModule: EngineModule<SynthesizeRequest, SpeechChunk, SynthesizerInfo> = {
  importers: [espeakImporter],
  async load({ modelDirs }) {
    const description = await readVoiceModelDescription(onlyModel('espeak-ng', modelDirs))
    const espeak = await loadEspeak()
    const worker = new espeak.eSpeakNGWorker()
    return new EspeakEngine(description, worker, await createSpeechResampler(worker.samplerate))
  },
}

class EspeakEngine implements SpeechEngine {
  readonly info: SynthesizerInfo
  readonly #description: VoiceModelDescription
  readonly #worker: ESpeakNGWorker
  readonly #resampler: SpeechResampler

  constructor(description: VoiceModelDescription, worker: ESpeakNGWorker, resampler: SpeechResampler) {
    this.info = { voices: voicesOf(description), sampleRate: outputRateHz }
    this.#description = description
    this.#worker = worker
    this.#resampler = resampler
  }

  async *run(request: SynthesizeRequest, { signal }: RunOptions): AsyncGenerator<SpeechChunk> {
    const { speed = 1, gap = 1, language } = request
    const { espeakVoice } = findVoice(this.#description.voices, language, request.voice)
    checkSpeed(speed)
    const text = speakableText(request.text, language)
    if (text === '') return
    this.#prepare(espeakVoice, speed)
    const pieces: Float32Array[] = []
    for await (const piece of this.#resampler.resample(this.#pronounce(text, signal))) pieces.push(piece)
    const samples = trimSilence(joinSamples(pieces), outputRateHz, (pauseMs(text) * gap) / speed)
    if (samples.length > 0) yield { samples }
  }

  async close(): Promise<void> {
    this.#resampler.close()
  }

  #prepare(espeakVoice: string, speed: number): void {
    if (this.#worker.set_voice(espeakVoice) !== 0) {
      throw new VoxbridgeError('ERR_LANGUAGE', `espeak-ng has no voice ${espeakVoice}`)
    }
    this.#worker.set_rate(Math.round(usualWordsPerMinute * speed))
  }

  /** @returns samples at espeak-ng's rate, in the pieces in which it makes them. */
  #pronounce(text: string, signal: CancelSignal): Float32Array[] {
    const pieces: Float32Array[] = []
    this.#worker.synthesize(text, (pcm) => {
      pieces.push(Float32Array.from(pcm, (sample) => sample / 32768))
      return signal.aborted
    })
    return pieces
  }
}
