/** Whether the models that the configuration needs are here and intact. */
import type { Config } from '../config.ts'
import { verifyModels } from '../models/fetch.ts'
import { installedModels } from '../models/installed.ts'
import { defaultLockPath, readLock } from '../models/lock.ts'
import { type ModelSelection, selectModels, selectedNames } from '../models/selection.ts'
import { type Finding, failure, ok, warning } from './finding.ts'

export interface ModelsState {
  readonly selection: ModelSelection
  readonly findings: readonly Finding[]
  /** Names of the models that can be loaded. */
  readonly intact: ReadonlySet<string>
  /** Size of what is installed of the selection. */
  readonly installedBytes: number
  /** Size of what is to be fetched, as far as the lock file knows it. */
  readonly missingBytes: number
}

type Settings = Pick<
  Config,
  'modelsDir' | 'whisperModel' | 'mtModel' | 'ttsModels' | 'hifiganModel' | 'vadEnabled' | 'turnDetection'
>

/**
 * @param lockPath of another lock file than the repository's.
 * @throws VoxbridgeError ERR_CONFIG, ERR_LOCK_FILE, ERR_DISK
 */
export async function checkModels(
  settings: Settings,
  { gpu, lockPath = defaultLockPath }: { readonly gpu: boolean; readonly lockPath?: string },
): Promise<ModelsState> {
  const { modelsDir } = settings
  const lock = await readLock(lockPath)
  const installed = await installedModels(modelsDir)
  const selection = selectModels(settings, lock, installed, { gpu })
  const names = selectedNames(selection)
  const byName = new Map(installed.map((model) => [model.name, model]))
  const missing = names.filter((name) => !byName.has(name))
  const locked = names.filter((name) => byName.get(name)?.local === false)
  const faulty = await verifyModels(locked, { modelsDir, lockPath })
  const intact = names.filter(
    (name) => !missing.includes(name) && !faulty.some((model) => model.name === name),
  )
  const lockedBytes = (name: string): number =>
    (lock.models[name]?.files ?? []).reduce((sum, { bytes }) => sum + bytes, 0)
  return {
    selection,
    intact: new Set(intact),
    installedBytes: sum(intact.map((name) => byName.get(name)?.bytes ?? 0)),
    missingBytes: sum([...missing, ...faulty.map(({ name }) => name)].map(lockedBytes)),
    findings: [
      ...(intact.length > 0 ? [ok('Models', `as models.lock.json says: ${intact.join(', ')}`)] : []),
      ...faulty.map(({ name, faults }) =>
        failure(
          name,
          faults.map(({ path, fault }) => `${path}: ${fault}`).join(', '),
          `Fetch it again: npm run models fetch ${name}`,
        ),
      ),
      ...(missing.length > 0
        ? [
            warning(
              'Models',
              `not here yet: ${missing.join(', ')}`,
              'The next start fetches them; or do it now: npm run models',
            ),
          ]
        : []),
    ],
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
