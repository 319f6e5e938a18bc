import type { FetchOptions } from './fetch.ts'
import { remakeModel } from './install.ts'
import { type LockedFile, type ModelLock, readLock, writeLock } from './lock.ts'
import { archivesOf, downloadModels, namedModels, withStaging } from './model-work.ts'

/**
 * Makes the named models anew from their sources, installs them, and writes what came out into the lock file: the
 * step after a change of an importer.
 */
export async function relockModels(names: readonly string[], options: FetchOptions): Promise<void> {
  const { lockPath } = options
  const models = await namedModels(names, lockPath)
  await withStaging(options, archivesOf(models), async (work) => {
    await downloadModels(models, work)
    const files = new Map<string, LockedFile[]>()
    for (const [name, model] of models) {
      work.report({ step: 'import', model: name })
      files.set(name, await remakeModel(name, model, work.staging, work))
      work.report({ step: 'installed', model: name })
    }
    await writeLock(lockPath, withFiles(await readLock(lockPath), files))
  })
}

function withFiles(lock: ModelLock, files: ReadonlyMap<string, LockedFile[]>): ModelLock {
  const models = Object.entries(lock.models).map(([name, model]) => {
    return [name, { ...model, files: files.get(name) ?? model.files }] as const
  })
  return { ...lock, models: Object.fromEntries(models) }
}
