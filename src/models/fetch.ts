/** Makes sure that models are installed, complete and unchanged; fetches what is missing. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { VoxbridgeError } from '../errors.ts'
import { explainDiskError } from './file-errors.ts'
import type { HubAccess } from './hub/access.ts'
import { installModel } from './install.ts'
import { localImportFile } from './installed.ts'
import type { LockedModel } from './lock.ts'
import {
  type NamedModel,
  type NamedPinnedModel,
  type WorkOptions,
  downloadModels,
  namedModels,
  pinModels,
  withStaging,
} from './model-work.ts'
import { pinRecordFile, readPinRecord } from './pin-record.ts'
import { isTrustedOnFirstUse } from './pinned-model.ts'
import { type FaultyFile, checkFiles } from './verify.ts'

export interface FetchOptions extends WorkOptions {
  /** The path of `models.lock.json`. */
  readonly lockPath: string
  readonly hub: HubAccess
}

export interface FaultyModel {
  readonly name: string
  readonly faults: readonly FaultyFile[]
}

/**
 * Checks every file of the named models and fetches the models that are not right. Where all are, nothing is written
 * and no network is needed. Models that the user imported pass as they are.
 * @throws VoxbridgeError with one line that says what to do: ERR_MODEL_UNKNOWN, ERR_LOCK_FILE, ERR_MODEL_FETCH,
 *   ERR_MODEL_HASH, ERR_MODEL_FORMAT, ERR_DISK, ERR_ABORTED
 */
export async function ensureModels(names: readonly string[], options: FetchOptions): Promise<void> {
  const { modelsDir, lockPath, hub } = options
  const locked = names.filter((name) => !existsSync(join(modelsDir, name, localImportFile)))
  const models = await namedModels(locked, lockPath)
  if ((await missingModels(models, modelsDir)).length === 0) return
  await withStaging(options, async (work) => {
    // Another process may have installed them in the meantime.
    const missing = await missingModels(models, modelsDir)
    const pinned = await pinModels(missing, hub, work)
    const trusted = missing.filter(([, model]) => isTrustedOnFirstUse(model)).map(([name]) => name)
    if (trusted.length > 0) work.warn(describeTrust(pinned.filter(([name]) => trusted.includes(name))))
    await downloadModels(pinned, { hub, rootDir: dirname(lockPath) }, work)
    for (const [name, model] of pinned) {
      work.report({ step: 'import', model: name })
      await installModel(name, model, work.staging, work)
      work.report({ step: 'installed', model: name })
    }
  })
}

/** The named models of the lock file that are not as it says, and why. */
export async function verifyModels(
  names: readonly string[],
  { modelsDir, lockPath }: Pick<FetchOptions, 'modelsDir' | 'lockPath'>,
): Promise<FaultyModel[]> {
  const models = await namedModels(names, lockPath)
  const checked = await Promise.all(
    models.map(async ([name, model]) => ({ name, faults: await findFaults(name, model, modelsDir) })),
  )
  return checked.filter(({ faults }) => faults.length > 0)
}

async function missingModels(models: readonly NamedModel[], modelsDir: string): Promise<NamedModel[]> {
  const missing = []
  for (const [name, model] of models) {
    if ((await findFaults(name, model, modelsDir)).length > 0) missing.push([name, model] as const)
  }
  return missing
}

/** What is wrong with an installed model: by the lock file or, before it is locked, by the record of its download. */
async function findFaults(name: string, model: LockedModel, modelsDir: string): Promise<FaultyFile[]> {
  const dir = join(modelsDir, name)
  try {
    if (model.files.length > 0) return await checkFiles(dir, model.files)
    if (model.sources.every(({ kind }) => kind !== 'hub')) {
      throw new VoxbridgeError(
        'ERR_LOCK_FILE',
        `models.lock.json: models.${name}.files is empty: npm run models lock ${name}`,
      )
    }
    const record = await readPinRecord(dir, model)
    return record ? await checkFiles(dir, record.files) : [{ path: pinRecordFile, fault: 'missing' }]
  } catch (error) {
    throw explainDiskError(error, modelsDir)
  }
}

function describeTrust(models: readonly NamedPinnedModel[]): string {
  const names = models.map(([name]) => name)
  const origins = models.flatMap(([, { sources }]) =>
    sources.flatMap((source) =>
      source.kind === 'hub' ? [`${source.repository} at ${source.revision.slice(0, 12)}`] : [],
    ),
  )
  return `models.lock.json does not pin ${names.join(', ')}: taken as the hub has it today (${origins.join(', ')}). Pin it with: npm run models lock ${names.join(' ')}`
}
