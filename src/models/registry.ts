/**
 * The one list of engines: the name in `models.lock.json` and `model.json`, what its models do, and the folder that
 * has the code.
 */
import { VoxbridgeError } from '../errors.ts'
import type { EngineModule } from './engine.ts'
import type { ModelRole } from './lock.ts'

interface EngineFolder {
  readonly engineModule: EngineModule
}

interface RegisteredEngine {
  readonly role: ModelRole
  load(): Promise<EngineFolder>
}

const engines: Readonly<Record<string, RegisteredEngine>> = {
  'smart-turn': { role: 'turn-detector', load: () => import('../stages/segment/smart-turn/index.ts') },
  whisper: { role: 'recognizer', load: () => import('../stages/transcribe/whisper/index.ts') },
  marian: { role: 'translator', load: () => import('../stages/translate/marian/index.ts') },
  m2m100: { role: 'translator', load: () => import('../stages/translate/m2m100/index.ts') },
  hibari: { role: 'voice', load: () => import('../stages/speak/hibari/index.ts') },
  kokoro: { role: 'voice', load: () => import('../stages/speak/kokoro/index.ts') },
  fastspeech2: { role: 'voice', load: () => import('../stages/speak/fastspeech2/index.ts') },
  vits: { role: 'voice', load: () => import('../stages/speak/vits/index.ts') },
  'espeak-ng': { role: 'voice', load: () => import('../stages/speak/espeak/index.ts') },
}

export const engineNames: readonly string[] = Object.keys(engines)

/** What the models of an engine do; undefined where there is no such engine. */
export function engineRole(engine: string): ModelRole | undefined {
  return Object.hasOwn(engines, engine) ? engines[engine]?.role : undefined
}

/**
 * @param engine A name of the list above, or the `file:` URL of a module of the same shape.
 * @throws VoxbridgeError ERR_MODEL_UNKNOWN
 */
export async function loadEngineModule(engine: string): Promise<EngineModule> {
  if (engine.startsWith('file:')) return ((await import(engine)) as EngineFolder).engineModule
  const registered = Object.hasOwn(engines, engine) ? engines[engine] : undefined
  if (!registered) {
    throw new VoxbridgeError(
      'ERR_MODEL_UNKNOWN',
      `There is no engine "${engine}"; there are: ${engineNames.join(', ')}.`,
    )
  }
  return (await registered.load()).engineModule
}
