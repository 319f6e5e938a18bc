/** What each kind of model is asked, and what shows that it works. */
import { fileURLToPath } from 'node:url'
import { readWav } from '../cli/wav.ts'
import { VoxbridgeError } from '../errors.ts'
import type { VoiceDetector } from '../stages/segment/silero.ts'
import { blockSamples } from '../stages/segment/silero.ts'
import type { TurnDetector } from '../stages/segment/turn-detector.ts'
import type { Synthesizer } from '../stages/speak/synthesizer.ts'
import type { Recognizer } from '../stages/transcribe/recognizer.ts'
import { exampleOf, type TranslationRoute } from '../stages/translate/routes.ts'
import type { Translator } from '../stages/translate/translator.ts'
import { decodePcm16 } from '../transport/pcm.ts'

/** 4.4 seconds of Portuguese at 16 kHz: "Olá! Onde fica a estação de trem? O meu trem sai em vinte minutos." */
const recordingPath = fileURLToPath(new URL('../../samples/hello-pt.wav', import.meta.url))
const recordingLanguage = 'pt'
const heardWord = /esta[cç][aã]o/i

/** By ISO 639-1 code; about as long as a clause. */
const sentences: Readonly<Record<string, string>> = {
  en: 'Where is the train station, please?',
  pt: 'Onde fica a estação de trem, por favor?',
  es: '¿Dónde está la estación de tren, por favor?',
  fr: "Où est la gare, s'il vous plaît ?",
  it: 'Dove si trova la stazione, per favore?',
}
const anyText = 'OK.'

/** Of full scale; a voice that stays below it is silent. */
const audiblePeak = 0.02
const leastSpeechMs = 200

interface TrialOptions {
  readonly signal: AbortSignal
}

/** One request to a model: says in a few words what came out, and throws where that makes no sense. */
export type Trial = (options: TrialOptions) => Promise<string>

export async function readRecording(): Promise<Float32Array> {
  const { pcm } = await readWav(recordingPath)
  return decodePcm16(new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength))
}

/** Listens to the whole recording. */
export function detectorTrial(detector: VoiceDetector, recording: Float32Array): Trial {
  return async () => {
    const stream = detector.createStream()
    let highest = 0
    for (let at = 0; at < recording.length; at += blockSamples) {
      highest = Math.max(highest, await stream.probability(recording.slice(at, at + blockSamples)))
    }
    expect(highest > 0.5, 'it hears no speech in a recording of speech')
    return `speech, ${highest.toFixed(2)}`
  }
}

export function turnTrial(turnDetector: TurnDetector, recording: Float32Array): Trial {
  return async (options) => {
    const { probability } = await turnDetector.judge({ samples: recording.slice() }, options)
    expect(probability >= 0 && probability <= 1, `its answer is no probability: ${probability}`)
    return `finished, ${probability.toFixed(2)}`
  }
}

export function recognizerTrial(recognizer: Recognizer, recording: Float32Array): Trial {
  const language = recognizer.info.languages.includes(recordingLanguage) ? recordingLanguage : 'auto'
  return async (options) => {
    const { text } = await recognizer.recognize({ samples: recording.slice(), language }, options)
    expect(text !== '', 'it hears nothing in a recording of speech')
    if (language === recordingLanguage) expect(heardWord.test(text), `it hears something else: "${text}"`)
    return `"${text}"`
  }
}

export function translatorTrial(translator: Translator, route: TranslationRoute): Trial {
  const { source, target } = exampleOf(route)
  const text = sentences[source] ?? anyText
  return async (options) => {
    const { sentences: translated } = await translator.translate({ text, source, target }, options)
    const result = translated.map((sentence) => sentence.target).join(' ')
    expect(result !== '', `it translates "${text}" into nothing`)
    return `"${result}"`
  }
}

export function voiceTrial(synthesizer: Synthesizer): Trial {
  const { info } = synthesizer
  const spoken = info.voices.find(({ language }) => Object.hasOwn(sentences, language)) ?? info.voices[0]
  const language = spoken?.language ?? ''
  const text = sentences[language] ?? anyText
  return async (options) => {
    let samples = 0
    let peak = 0
    for await (const chunk of synthesizer.synthesize({ text, language }, options)) {
      samples += chunk.samples.length
      for (const sample of chunk.samples) peak = Math.max(peak, Math.abs(sample))
    }
    const audioMs = (samples / info.sampleRate) * 1000
    expect(audioMs >= leastSpeechMs, `it says nothing for "${text}"`)
    expect(peak >= audiblePeak, `it is silent when it says "${text}"`)
    return `${(audioMs / 1000).toFixed(1)} s of speech (${language})`
  }
}

function expect(holds: boolean, otherwise: string): void {
  if (!holds) throw new VoxbridgeError('ERR_ENGINE', otherwise)
}
