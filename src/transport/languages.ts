/** What the loaded models can hear, translate and speak together; checks what clients ask for against it. */
import { VoxbridgeError } from '../errors.ts'
import type { ChannelSettings } from '../pipeline/stage.ts'
import { orderedVoices } from '../stages/speak/choose-voice.ts'
import type { Synthesizer, Voice } from '../stages/speak/synthesizer.ts'
import type { Recognizer, RecognizerInfo } from '../stages/transcribe/recognizer.ts'
import { type TranslationRoute, describeRoutes, findRoute, sourcesInto } from '../stages/translate/routes.ts'
import type { Translator, TranslatorInfo } from '../stages/translate/translator.ts'

export interface Abilities {
  readonly recognizer: RecognizerInfo
  readonly translator: TranslatorInfo
  /** The first of a language is its default. */
  readonly voices: readonly Voice[]
}

interface LoadedEngines {
  readonly recognizer: Recognizer
  readonly translator: Translator
  readonly synthesizers: readonly Synthesizer[]
}

export function abilitiesOf({ recognizer, translator, synthesizers }: LoadedEngines): Abilities {
  return {
    recognizer: recognizer.info,
    translator: translator.info,
    voices: orderedVoices(synthesizers),
  }
}

/** @throws VoxbridgeError ERR_LANGUAGE_PAIR, ERR_LANGUAGE or ERR_VOICE that lists what there is. */
export function checkSettings(settings: ChannelSettings, abilities: Abilities): void {
  const { source, target, voice, audio } = settings
  checkPair(source, target, abilities)
  if (audio || voice !== undefined) checkVoice(target, voice, abilities)
}

/** @param source a language, or `auto`, for which any pair into `target` will do. */
export function checkPair(source: string, target: string, { recognizer, translator }: Abilities): void {
  const heard = (language: string): boolean => recognizer.languages.includes(language)
  const { routes } = translator
  if (source === 'auto' && sourcesInto(routes, target).some(heard)) return
  if (heard(source) && findRoute(routes, source, target)) return
  const heardRoutes = routes.map((route) => ({ ...route, sources: route.sources.filter(heard) }))
  throw pairNotLoaded(source, target, heardRoutes)
}

export function checkTextPair(source: string, target: string, { translator }: Abilities): void {
  if (findRoute(translator.routes, source, target)) return
  throw pairNotLoaded(source, target, translator.routes)
}

function pairNotLoaded(source: string, target: string, routes: readonly TranslationRoute[]): VoxbridgeError {
  const loaded = describeRoutes(routes.filter(({ sources }) => sources.length > 0))
  return new VoxbridgeError(
    'ERR_LANGUAGE_PAIR',
    `${source}-${target} is not loaded. Loaded pairs: ${loaded}.`,
  )
}

export function checkHearing(language: string, { recognizer }: Abilities): void {
  if (language === 'auto' || recognizer.languages.includes(language)) return
  throw new VoxbridgeError(
    'ERR_LANGUAGE',
    `${language} cannot be heard. Languages: auto, ${recognizer.languages.join(', ')}.`,
  )
}

export function checkVoice(language: string, voice: string | undefined, { voices }: Abilities): void {
  const speaking = voices.filter((candidate) => candidate.language === language)
  if (speaking.length === 0) {
    const spoken = [...new Set(voices.map((candidate) => candidate.language))].join(', ')
    const message = `There is no voice for ${language}. Spoken languages: ${spoken}. With audio=0 there are captions alone.`
    throw new VoxbridgeError('ERR_LANGUAGE', message)
  }
  if (voice === undefined || speaking.some((candidate) => candidate.id === voice)) return
  const names = speaking.map((candidate) => candidate.id).join(', ')
  throw new VoxbridgeError(
    'ERR_VOICE',
    `${voice} does not speak ${language}. Voices for ${language}: ${names}.`,
  )
}

/**
 * The settings after a change. A voice that was chosen for another language is forgotten unless the change names one.
 * @throws VoxbridgeError as `checkSettings`; the old settings then hold on.
 */
export function changeSettings(
  settings: ChannelSettings,
  change: Partial<ChannelSettings>,
  abilities: Abilities,
): ChannelSettings {
  const moved = change.target !== undefined && change.target !== settings.target
  const changed = { ...settings, ...(moved && { voice: undefined }), ...change }
  checkSettings(changed, abilities)
  return changed
}

/** The answer of `GET /languages`. */
export function describeLanguages({ recognizer, translator, voices }: Abilities): object {
  const spoken = [...new Set(voices.map((voice) => voice.language))]
  return {
    hear: recognizer.languages.map(describeLanguage),
    translate: translator.routes.map(({ sources, targets, model, via }) => ({
      src: sources,
      tgt: targets,
      model,
      via,
    })),
    speak: spoken.map((language) => ({
      ...describeLanguage(language),
      voices: voices.filter((voice) => voice.language === language).map(describeVoice),
    })),
  }
}

/** @param rank of the voice among those of its language. */
function describeVoice({ id, engine, gender, robotic }: Voice, rank: number): object {
  return { id, engine, gender, robotic: robotic || undefined, default: rank === 0 || undefined }
}

function describeLanguage(code: string): { code: string; name: string; ownName: string } {
  return { code, name: displayName(code, 'en'), ownName: displayName(code, code) }
}

/** A code that `Intl` does not know, or a locale it has no words for, gets the English name or the code. */
function displayName(code: string, locale: string): string {
  try {
    return new Intl.DisplayNames([locale, 'en'], { type: 'language' }).of(code) ?? code
  } catch {
    return code
  }
}
