import { basename } from 'node:path'
import type { ModelImporter } from '../../../models/engine.ts'
import { loadEspeak } from '../espeak-phonemizer.ts'
import { type VoiceDescription, writeVoiceModelDescription } from '../voice-model.ts'

/** The dialects that are spoken, where espeak-ng itself would take another. */
const preferred: Readonly<Record<string, string>> = { en: 'en-us', pt: 'pt-br' }
/** Of Japanese it knows the kana only and says "Chinese letter" for all else; in Chuvash it has no numbers. */
const unreadable: ReadonlySet<string> = new Set(['cv', 'ja'])
const languageNames = new Intl.DisplayNames('en', { type: 'language', fallback: 'none' })

/** Lists the voices of espeak-ng, one for each language: they come with the package, so there is nothing to fetch. */
export const espeakImporter: ModelImporter = {
  format: 'espeak-ng',
  description: 'the voices of espeak-ng, which come with its package',

  detect: () => false,

  async run(_sourceDir, targetDir) {
    const espeak = await loadEspeak()
    const worker = new espeak.eSpeakNGWorker()
    const best = new Map<string, { readonly espeakVoice: string; readonly priority: number }>()
    for (const { identifier, languages } of worker.list_voices()) {
      const espeakVoice = basename(identifier).toLowerCase()
      for (const { name, priority } of languages.filter(({ name }) => isIso(name))) {
        const rank = preferred[name] === espeakVoice ? 0 : priority
        if (rank < (best.get(name)?.priority ?? Infinity)) best.set(name, { espeakVoice, priority: rank })
      }
    }
    const voices = [...best]
      .filter(([language]) => !unreadable.has(language))
      .map(([language, { espeakVoice }]) => describeVoice(language, espeakVoice))
      .sort((left, right) => (left.language < right.language ? -1 : 1))
    await writeVoiceModelDescription(targetDir, {
      engine: 'espeak-ng',
      sampleRate: worker.samplerate,
      voices,
    })
  },
}

function describeVoice(language: string, espeakVoice: string): VoiceDescription {
  return { id: `espeak-${language}`, language, espeakVoice, robotic: true }
}

/** Whether it is a code of ISO 639-1; espeak-ng has dialects and inventions besides. */
function isIso(code: string): boolean {
  return code.length === 2 && languageNames.of(code) !== undefined
}
