import { dirname, join } from 'node:path'
import type { FetchOptions } from './fetch.ts'
import { remakeModel } from './install.ts'
import { type ModelLock, readLock, writeLock } from './lock.ts'
import { type NamedModel, downloadModels, namedModels, pinModels, withStaging } from './model-work.ts'
import { type PinRecord, readPinRecord } from './pin-record.ts'
import { checkFiles } from './verify.ts'

/**
 * Makes the named models anew from their sources, installs them, and writes what came out into the lock file: the
 * step after a change of an importer. A model that was installed before it was locked is locked as it is.
 */
export async function relockModels(names: readonly string[], options: FetchOptions): Promise<void> {
  const { lockPath, modelsDir, hub } = options
  const models = await namedModels(names, lockPath)
  await withStaging(options, async (work) => {
    const records = await intactRecords(models, modelsDir)
    const others = models.filter(([name]) => !records.has(name))
    const pinned = await pinModels(others, hub, work)
    await downloadModels(pinned, { hub, rootDir: dirname(lockPath) }, work)
    for (const [name, model] of pinned) {
      work.report({ step: 'import', model: name })
      records.set(name, await remakeModel(name, model, work.staging, work))
      work.report({ step: 'installed', model: name })
    }
    await writeLock(lockPath, withRecords(await readLock(lockPath), records))
  })
}

async function intactRecords(
  models: readonly NamedModel[],
  modelsDir: string,
): Promise<Map<string, PinRecord>> {
  const records = new Map<string, PinRecord>()
  for (const [name, model] of models) {
    if (model.files.length > 0) continue
    const dir = join(modelsDir, name)
    const record = await readPinRecord(dir, model)
    if (record && (await checkFiles(dir, record.files)).length === 0) records.set(name, record)
  }
  return records
}

function withRecords(lock: ModelLock, records: ReadonlyMap<string, PinRecord>): ModelLock {
  const models = Object.entries(lock.models).map(([name, model]) => {
    return [name, { ...model, ...records.get(name) }] as const
  })
  return { ...lock, models: Object.fromEntries(models) }
}
