import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { explainDiskError } from './file-errors.ts'
import { type InstalledModel, installedModels } from './installed.ts'
import type { ModelLock } from './lock.ts'

/** Installed models that neither the lock file nor an import of the user accounts for; other folders are not ours. */
export async function prunableModels(modelsDir: string, lock: ModelLock): Promise<InstalledModel[]> {
  const installed = await installedModels(modelsDir)
  return installed.filter(({ name, local }) => !local && !Object.hasOwn(lock.models, name))
}

/** @throws VoxbridgeError ERR_DISK */
export async function removeModels(modelsDir: string, models: readonly InstalledModel[]): Promise<void> {
  try {
    for (const { name } of models) await rm(join(modelsDir, name), { recursive: true, force: true })
  } catch (error) {
    throw explainDiskError(error, modelsDir)
  }
}
