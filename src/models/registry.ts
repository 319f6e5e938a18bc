/** The one list of engines: the name in `models.lock.json` and `model.json`, and the folder that has the code. */
import { VoxbridgeError } from '../errors.ts'
import type { EngineModule } from './engine.ts'

interface EngineFolder {
  readonly engineModule: EngineModule
}

const engines: Readonly<Record<string, () => Promise<EngineFolder>>> = {
  'smart-turn': () => import('../stages/segment/smart-turn/index.ts'),
  whisper: () => import('../stages/transcribe/whisper/index.ts'),
  marian: () => import('../stages/translate/marian/index.ts'),
  hibari: () => import('../stages/speak/hibari/index.ts'),
  kokoro: () => import('../stages/speak/kokoro/index.ts'),
}

export const engineNames: readonly string[] = Object.keys(engines)

/**
 * @param engine A name of the list above, or the `file:` URL of a module of the same shape.
 * @throws VoxbridgeError ERR_MODEL_UNKNOWN
 */
export async function loadEngineModule(engine: string): Promise<EngineModule> {
  if (engine.startsWith('file:')) return ((await import(engine)) as EngineFolder).engineModule
  const load = Object.hasOwn(engines, engine) ? engines[engine] : undefined
  if (!load) {
    throw new VoxbridgeError(
      'ERR_MODEL_UNKNOWN',
      `There is no engine "${engine}"; there are: ${engineNames.join(', ')}.`,
    )
  }
  return (await load()).engineModule
}
