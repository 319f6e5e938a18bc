/** From what the configuration says about models to their names. */
import { VoxbridgeError } from '../errors.ts'
import type { InstalledModel } from './installed.ts'
import type { ModelLock, ModelRole } from './lock.ts'
import { engineRole } from './registry.ts'

/** What the configuration says about models. */
export interface ModelChoice {
  /** The size of a Whisper model, e.g. `base`, or the name or alias of a recogniser. */
  readonly whisperModel: string
  /** `marian` for all pairs of that kind, or the name or alias of one translator, e.g. `facebook/m2m100_418M`. */
  readonly mtModel: string
  /** Names of models. */
  readonly ttsModels: readonly string[]
  /** The name of a vocoder for the voices that bring none. */
  readonly hifiganModel?: string | undefined
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

export interface SelectionOptions {
  /** Take the variant in 16 bit of a model that has one. */
  readonly gpu: boolean
}

const marian = 'marian'
const whisperPrefix = 'whisper-'
/** The engine that loads vocoders, beside the voices that they are for. */
const vocoderEngine = 'fastspeech2'
const gpuSuffix = '-fp16'

/**
 * The models that a configuration needs, among those of the lock file and the user's imports.
 * @throws VoxbridgeError ERR_CONFIG that lists what there is
 */
export function selectModels(
  { whisperModel, mtModel, ttsModels, hifiganModel, vadEnabled, turnDetection }: ModelChoice,
  lock: ModelLock,
  installed: readonly InstalledModel[],
  { gpu }: SelectionOptions = { gpu: false },
): ModelSelection {
  const catalogue = new Catalogue(lock, installed)
  const choose = (
    variable: string,
    role: ModelRole,
    text: string,
    { prefix = '', kinds = [] }: { prefix?: string; kinds?: string[] },
  ): string => {
    const name = catalogue.find(role, text) ?? catalogue.find(role, prefix + text)
    if (name !== undefined) return gpu ? (catalogue.find(role, name + gpuSuffix) ?? name) : name
    throw noSuchModel(variable, text, [...kinds, ...catalogue.list(role, prefix)])
  }
  for (const name of ttsModels) {
    if (!catalogue.names('voice').includes(name)) {
      throw noSuchModel('TTS_MODEL', name, catalogue.list('voice', ''))
    }
  }
  if (hifiganModel !== undefined && !catalogue.ofEngine(vocoderEngine).includes(hifiganModel)) {
    throw new VoxbridgeError(
      'ERR_CONFIG',
      `HIFIGAN_MODEL=${JSON.stringify(hifiganModel)} is no vocoder of MODELS_DIR. Import one, a folder with vocoder.onnx and vocoder.json: npm run models -- import DIR`,
    )
  }
  return {
    vad: vadEnabled ? catalogue.names('vad') : [],
    // Without the detector of voices there are no pauses to judge.
    turnDetectors: vadEnabled && turnDetection ? catalogue.names('turn-detector') : [],
    recognizer: choose('WHISPER_MODEL', 'recognizer', whisperModel, { prefix: whisperPrefix }),
    translators:
      mtModel === marian
        ? catalogue.ofEngine(marian)
        : [choose('MT_MODEL', 'translator', mtModel, { kinds: [marian] })],
    // The engine of the voices loads their vocoder, too.
    voices: hifiganModel === undefined ? ttsModels : [...ttsModels, hifiganModel],
  }
}

function noSuchModel(variable: string, text: string, known: readonly string[]): VoxbridgeError {
  return new VoxbridgeError(
    'ERR_CONFIG',
    `${variable}=${JSON.stringify(text)} is no model of models.lock.json or MODELS_DIR. There are: ${known.join(', ')}.`,
  )
}

/** All models that there are: those that the lock file knows and those that the user imported. */
class Catalogue {
  readonly #lock: ModelLock
  readonly #local: readonly InstalledModel[]

  constructor(lock: ModelLock, installed: readonly InstalledModel[]) {
    this.#lock = lock
    this.#local = installed.filter(({ local }) => local)
  }

  names(role: ModelRole): string[] {
    const locked = Object.entries(this.#lock.models).filter(([, model]) => model.role === role)
    const local = this.#local.filter(({ engine }) => engineRole(engine) === role)
    return [...new Set([...locked.map(([name]) => name), ...local.map(({ name }) => name)])]
  }

  ofEngine(engine: string): string[] {
    const locked = Object.entries(this.#lock.models).filter(([, model]) => model.engine === engine)
    const local = this.#local.filter((model) => model.engine === engine)
    return [...new Set([...locked.map(([name]) => name), ...local.map(({ name }) => name)])]
  }

  /** The model of this name or alias. */
  find(role: ModelRole, text: string): string | undefined {
    const names = this.names(role)
    if (names.includes(text)) return text
    return names.find((name) => this.#lock.models[name]?.aliases?.includes(text))
  }

  /** For an error message; without the variants for a GPU, which nobody has to ask for. */
  list(role: ModelRole, prefix: string): string[] {
    return this.names(role)
      .filter((name) => !name.endsWith(gpuSuffix))
      .map((name) => (name.startsWith(prefix) ? name.slice(prefix.length) : name))
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
