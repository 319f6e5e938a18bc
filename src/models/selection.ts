import type { InstalledModel } from './installed.ts'
import type { ModelLock, ModelRole } from './lock.ts'

/** What the configuration says about models. */
export interface ModelChoice {
  /** The size of the Whisper model, e.g. `base`. */
  readonly whisperModel: string
  /** The engine that translates, e.g. `marian`. */
  readonly mtModel: string
  /** Names of models. */
  readonly ttsModels: readonly string[]
  readonly vadEnabled: boolean
  readonly turnDetection: boolean
}

/** Names of models by what they do. */
export interface ModelSelection {
  readonly vad: readonly string[]
  readonly turnDetectors: readonly string[]
  readonly recognizer: string
  readonly translators: readonly string[]
  readonly voices: readonly string[]
}

/** The models that a configuration needs; of the translators, all that the lock file or the user's imports have. */
export function selectModels(
  { whisperModel, mtModel, ttsModels, vadEnabled, turnDetection }: ModelChoice,
  lock: ModelLock,
  installed: readonly InstalledModel[],
): ModelSelection {
  const locked = (role: ModelRole): string[] =>
    Object.entries(lock.models).flatMap(([name, model]) => (model.role === role ? [name] : []))
  const translators = [
    ...locked('translator').filter((name) => lock.models[name]?.engine === mtModel),
    ...installed.filter(({ local, engine }) => local && engine === mtModel).map(({ name }) => name),
  ]
  return {
    vad: vadEnabled ? locked('vad') : [],
    // Without the detector of voices there are no pauses to judge.
    turnDetectors: vadEnabled && turnDetection ? locked('turn-detector') : [],
    recognizer: `whisper-${whisperModel}`,
    translators: [...new Set(translators)],
    voices: ttsModels,
  }
}

export function selectedNames({
  vad,
  turnDetectors,
  recognizer,
  translators,
  voices,
}: ModelSelection): string[] {
  return [...vad, ...turnDetectors, recognizer, ...translators, ...voices]
}
