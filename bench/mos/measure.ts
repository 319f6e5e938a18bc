/** Lets voices speak, and finds out how well. */
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeWav } from '../../src/cli/wav.ts'
import type { Dnsmos, Opinion } from '../dnsmos.ts'
import type { ServerApi, SpokenVoice } from '../server-api.ts'
import { measureSpeech, type SpeechQuality } from '../speech-quality.ts'
import { countHearingErrors, type HearingErrors } from './hearing-errors.ts'

export interface SpokenSentence extends SpeechQuality {
  readonly text: string
  readonly heard: string
  readonly errors: HearingErrors
  /** Undefined without DNSMOS. */
  readonly opinion: Opinion | undefined
}

export interface MeasuredVoice {
  readonly voice: SpokenVoice
  readonly sentences: readonly SpokenSentence[]
}

export interface VoiceTest {
  readonly voice: SpokenVoice
  readonly texts: readonly string[]
}

export interface MeasureOptions {
  readonly api: ServerApi
  readonly dnsmos: Dnsmos | undefined
  /** Keeps what was spoken as WAV files, in a folder for each voice. */
  readonly wavDir: string | undefined
  /** Told of each sentence when it is done. */
  readonly onSentence: (voice: SpokenVoice) => void
  readonly signal: AbortSignal
}

/** Measures one voice after the other; after an abort, what is done by then is the result. */
export async function measureVoices(
  tests: readonly VoiceTest[],
  options: MeasureOptions,
): Promise<MeasuredVoice[]> {
  const measured = tests.map(({ voice }) => ({ voice, sentences: [] as SpokenSentence[] }))
  try {
    for (const [index, { voice, texts }] of tests.entries()) {
      for (const text of texts) {
        options.signal.throwIfAborted()
        const { sentences } = measured[index] as (typeof measured)[number]
        sentences.push(await measureSentence(text, voice, sentences.length + 1, options))
        options.onSentence(voice)
      }
    }
  } catch (error) {
    // Ctrl-C ends the server, too, perhaps in the middle of a request.
    if (!options.signal.aborted) throw error
  }
  return measured.filter(({ sentences }) => sentences.length > 0)
}

async function measureSentence(
  text: string,
  { id, language }: SpokenVoice,
  number: number,
  { api, dnsmos, wavDir }: MeasureOptions,
): Promise<SpokenSentence> {
  const recording = await api.speak(text, language, id)
  if (wavDir !== undefined) {
    await mkdir(join(wavDir, id), { recursive: true })
    await writeWav(join(wavDir, id, `${String(number).padStart(2, '0')}.wav`), recording)
  }
  const heard = await api.transcribe(recording, language)
  return {
    text,
    heard,
    errors: countHearingErrors(text, heard, language),
    opinion: await dnsmos?.judge(recording),
    ...measureSpeech(recording),
  }
}

/** Our sentences that no voice was trained on. */
export async function readQualitySentences(language: string, limit: number): Promise<string[]> {
  const text = await readFile(`bench/sentences/quality/${language}.txt`, 'utf8')
  return text.trim().split('\n').slice(0, limit)
}
