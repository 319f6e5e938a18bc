/** What fetching, locking and importing models have in common: the staging folder, the lock on it, and clear errors. */
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { VoxbridgeError } from '../errors.ts'
import { distinctSources, downloadArchives } from './download.ts'
import { explainDiskError, isMissing } from './file-errors.ts'
import { withFolderLock } from './folder-lock.ts'
import { type LockedFile, type LockedModel, lockedModel, readLock } from './lock.ts'
import type { Report } from './progress.ts'
import { Staging, checkFreeSpace } from './staging.ts'
import { checkFile } from './verify.ts'

export interface WorkOptions {
  readonly modelsDir: string
  readonly report?: Report
  readonly signal?: AbortSignal
}

export interface ModelWork {
  readonly modelsDir: string
  readonly staging: Staging
  readonly report: Report
  readonly signal: AbortSignal
}

export type NamedModel = readonly [name: string, model: LockedModel]

/** @throws VoxbridgeError ERR_MODEL_UNKNOWN, ERR_LOCK_FILE */
export async function namedModels(names: readonly string[], lockPath: string): Promise<NamedModel[]> {
  const lock = await readLock(lockPath)
  return names.map((name) => [name, lockedModel(lock, name)])
}

/**
 * Works in the staging folder while no other process does.
 * @param archives What earlier runs may have left there and this one can use.
 * @throws VoxbridgeError ERR_DISK where the models folder cannot be written, and what `action` throws
 */
export async function withStaging<T>(
  { modelsDir, report = () => undefined, signal = new AbortController().signal }: WorkOptions,
  archives: readonly LockedFile[],
  action: (work: ModelWork) => Promise<T>,
): Promise<T> {
  const staging = new Staging(modelsDir)
  const onWait = (holder: string): void => report({ step: 'wait', holder })
  try {
    await makeModelsDir(modelsDir)
    return await withFolderLock(modelsDir, { signal, onWait }, async () => {
      await staging.clean(archives)
      const result = await action({ modelsDir, staging, report, signal })
      await staging.remove()
      return result
    })
  } catch (error) {
    if (signal.aborted) {
      throw new VoxbridgeError('ERR_ABORTED', 'Cancelled; the next run goes on with what is complete.', {
        cause: error,
      })
    }
    throw explainDiskError(error, modelsDir)
  }
}

async function makeModelsDir(modelsDir: string): Promise<void> {
  try {
    await makeFolder(modelsDir)
  } catch (error) {
    // What a read-only disk answers, too.
    if (!isMissing(error)) throw error
    throw new VoxbridgeError(
      'ERR_DISK',
      `${modelsDir} cannot be made: check that its disk is mounted and writable, or set MODELS_DIR to another folder.`,
    )
  }
}

/** One level after the other: Node's own recursive `mkdir` never ends where a folder takes no new ones, as in /proc. */
async function makeFolder(dir: string): Promise<void> {
  if (existsSync(dir)) return
  await makeFolder(dirname(dir))
  await mkdir(dir).catch((error: unknown) => {
    // Another process was faster.
    if (!existsSync(dir)) throw error
  })
}

/** Gets the archives of some models, after a look at the room on the disk. */
export async function downloadModels(models: readonly NamedModel[], work: ModelWork): Promise<void> {
  const sources = distinctSources(models.map(([, model]) => model))
  let neededBytes = models.reduce((sum, [, { files }]) => sum + totalBytes(files), 0)
  neededBytes += Math.max(
    0,
    ...models.map(([, model]) => totalBytes(model.sources.flatMap(({ members }) => members))),
  )
  for (const { archive } of sources) {
    const complete = (await checkFile(work.staging.archivePath(archive), archive)) === undefined
    if (!complete) neededBytes += archive.bytes
  }
  await checkFreeSpace(work.modelsDir, neededBytes)
  await downloadArchives(sources, work.staging, work)
}

export function archivesOf(models: readonly NamedModel[]): LockedFile[] {
  return distinctSources(models.map(([, model]) => model)).map(({ archive }) => archive)
}

function totalBytes(files: readonly { readonly bytes: number }[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0)
}
