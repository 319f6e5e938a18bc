/** Makes sure that models are installed, complete and unchanged; fetches what is missing. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { VoxbridgeError } from '../errors.ts'
import { explainDiskError } from './file-errors.ts'
import { installModel } from './install.ts'
import { localImportFile } from './installed.ts'
import {
  type NamedModel,
  type WorkOptions,
  archivesOf,
  downloadModels,
  namedModels,
  withStaging,
} from './model-work.ts'
import { type FaultyFile, checkFiles } from './verify.ts'

export interface FetchOptions extends WorkOptions {
  /** The path of `models.lock.json`. */
  readonly lockPath: string
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
  const { modelsDir, lockPath } = options
  const locked = names.filter((name) => !existsSync(join(modelsDir, name, localImportFile)))
  const models = await namedModels(locked, lockPath)
  const missing = await missingModels(models, modelsDir)
  if (missing.length === 0) return
  await withStaging(options, archivesOf(missing), async (work) => {
    // Another process may have installed them in the meantime.
    const missing = await missingModels(models, modelsDir)
    await downloadModels(missing, work)
    for (const [name, model] of missing) {
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
    models.map(async ([name, { files }]) => ({
      name,
      faults: await checkFiles(join(modelsDir, name), files),
    })),
  )
  return checked.filter(({ faults }) => faults.length > 0)
}

async function missingModels(models: readonly NamedModel[], modelsDir: string): Promise<NamedModel[]> {
  const missing = []
  for (const [name, model] of models) {
    if (model.files.length === 0) {
      throw new VoxbridgeError(
        'ERR_LOCK_FILE',
        `models.lock.json: models.${name}.files is empty: npm run models lock ${name}`,
      )
    }
    const faults = await checkFiles(join(modelsDir, name), model.files).catch((error: unknown) => {
      throw explainDiskError(error, modelsDir)
    })
    if (faults.length > 0) missing.push([name, model] as const)
  }
  return missing
}
