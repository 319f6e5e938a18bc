/** Gets the files that models are made of, a few at a time, and tells how far it is. */
import type { Report } from './progress.ts'
import type { Staging } from './staging.ts'
import { type FileContent, checkContent } from './verify.ts'

const parallelDownloads = 4
const reportEveryMs = 200

/** A file that is known to the byte before it is here: the archive of a package, or a file of a repository. */
export interface Download {
  /** What people know it as. */
  readonly name: string
  /** What it is called in the staging folder. */
  readonly fileName: string
  readonly content: FileContent
  /**
   * Puts exactly this content at `path`. The folder is its own; what an earlier run left there is still in it.
   * @throws VoxbridgeError ERR_MODEL_FETCH, ERR_MODEL_HASH
   */
  get(path: string, options: DownloadOptions): Promise<void>
}

export interface DownloadOptions {
  readonly signal: AbortSignal
  /** Takes how many bytes are here. */
  readonly onBytes: (bytes: number) => void
  /** Takes a line for the user. */
  readonly warn: (message: string) => void
}

export interface DownloadAllOptions {
  readonly signal: AbortSignal
  readonly report: Report
  readonly warn: (message: string) => void
}

/** Each content once: several models may need the same. */
export function distinctDownloads(downloads: readonly Download[]): Download[] {
  return [...new Map(downloads.map((download) => [download.content.digest.hex, download])).values()]
}

/** @throws VoxbridgeError ERR_MODEL_FETCH, ERR_MODEL_HASH, ERR_DISK */
export async function downloadAll(
  downloads: readonly Download[],
  staging: Staging,
  { signal, report, warn }: DownloadAllOptions,
): Promise<void> {
  const tell = createTeller(downloads, report)
  const pending = [...downloads]
  const failed = new AbortController()
  const both = AbortSignal.any([signal, failed.signal])
  const work = async (): Promise<void> => {
    for (let next = pending.shift(); next && !both.aborted; next = pending.shift()) {
      const download = next
      const onBytes = (bytes: number): void => tell(download, bytes)
      await downloadOne(download, staging, { signal: both, onBytes, warn })
      tell(download, download.content.bytes)
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

async function downloadOne(download: Download, staging: Staging, options: DownloadOptions): Promise<void> {
  const path = staging.downloadPath(download)
  // Complete already if a run was cut off later.
  if ((await checkContent(path, download.content)) === undefined) return
  await staging.makeDownloadFolder(download)
  await download.get(path, options)
}

/** Adds up the bytes of all downloads, and reports them now and then. */
function createTeller(
  downloads: readonly Download[],
  report: Report,
): (download: Download, bytes: number) => void {
  const totalBytes = downloads.reduce((sum, { content }) => sum + content.bytes, 0)
  const arrived = new Map<Download, number>()
  let reportedAt = -Infinity
  let reportedBytes = -1
  return (download, bytes) => {
    arrived.set(download, Math.min(bytes, download.content.bytes))
    const doneBytes = [...arrived.values()].reduce((sum, some) => sum + some, 0)
    if (doneBytes === reportedBytes) return
    if (doneBytes < totalBytes && performance.now() - reportedAt < reportEveryMs) return
    reportedAt = performance.now()
    reportedBytes = doneBytes
    report({ step: 'download', file: download.name, doneBytes, totalBytes })
  }
}
