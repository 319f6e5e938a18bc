/** `voice.json`: what a voice says about itself, as `scripts/export_to_onnx.py` and `training/` write it. */
import { VoxbridgeError } from '../../../errors.ts'
import type { Fields } from '../../../models/fields.ts'
import { type Gender, genders } from '../synthesizer.ts'
import type { VocoderFormat } from '../hifigan/vocoder.ts'
import { readJsonFields, readVocoderFormat } from '../hifigan/vocoder-json.ts'

/** Symbols that a voice reads: IPA of espeak-ng, or ARPAbet as CMUdict and g2p_en have it. */
export type Alphabet = 'ipa' | 'arpabet'

export interface VoiceJson {
  readonly id: string
  /** ISO 639-1 code. */
  readonly language: string
  readonly espeakVoice: string
  readonly gender?: Gender
  readonly alphabet: Alphabet
  /** Ids at the start and at the end of every text. */
  readonly startIds: readonly number[]
  readonly endIds: readonly number[]
  readonly speakers: number
  /** Of the mel, and of the vocoder that it brings where that has no `vocoder.json`. */
  readonly format: VocoderFormat
}

const fileName = 'voice.json'

/** @throws VoxbridgeError ERR_MODEL_FORMAT that names the field and what it should be. */
export async function readVoiceJson(dir: string): Promise<VoiceJson> {
  const fields = await readJsonFields(dir, fileName)
  const language = fields.pattern('language', /^[a-z]{2}(-|$)/, 'a language like pt or pt-BR').slice(0, 2)
  const padId = fields.has('pad_id') ? fields.index('pad_id') : 0
  const isFramed = fields.has('bos_eos') && fields.flag('bos_eos')
  return {
    id: fields.has('id') ? fields.text('id') : `fastspeech2-${language}`,
    language,
    ...readPhonemizer(fields),
    ...(fields.has('gender') && { gender: fields.choice('gender', genders) }),
    startIds: isFramed ? [padId] : [],
    endIds: isFramed ? [padId] : fields.has('eos_id') ? [fields.index('eos_id')] : [],
    speakers: fields.has('speakers') ? fields.count('speakers') : 1,
    format: readVocoderFormat(fields),
  }
}

function readPhonemizer(fields: Fields): Pick<VoiceJson, 'alphabet' | 'espeakVoice'> {
  const phonemizer = fields.text('phonemizer')
  // What g2p_en says is close to espeak-ng's American English in other letters.
  if (phonemizer === 'g2p_en') return { alphabet: 'arpabet', espeakVoice: 'en-us' }
  const [program, espeakVoice] = phonemizer.split(':')
  if (program === 'espeak' && espeakVoice) return { alphabet: 'ipa', espeakVoice }
  throw new VoxbridgeError(
    'ERR_MODEL_FORMAT',
    `${fileName}.phonemizer is ${phonemizer}, supported are g2p_en and espeak:VOICE, e.g. espeak:pt-br`,
  )
}
