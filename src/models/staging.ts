/**
 * The folder below the models folder where everything is made before it takes its place by one rename. What a run
 * that was cut off leaves here is removed by the next, except for downloads, which are used as far as they got.
 */
import { copyFile, link, mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { VoxbridgeError } from '../errors.ts'
import { isMissing } from './file-errors.ts'
import { type FileContent, listFiles } from './verify.ts'

const stagingName = '.staging'
const downloadsName = 'downloads'
/** Room for what a package client keeps besides the archive, and for the file system's own needs. */
const reserveBytes = 64 << 20

export interface StagedFile {
  readonly fileName: string
  readonly content: FileContent
}

export class Staging {
  readonly #modelsDir: string
  readonly #dir: string

  constructor(modelsDir: string) {
    this.#modelsDir = modelsDir
    this.#dir = join(modelsDir, stagingName)
  }

  /** Where a download goes: into a folder of its own, which has the name of its hash. */
  downloadPath({ fileName, content }: StagedFile): string {
    return join(this.#downloadDir(content), fileName)
  }

  async makeDownloadFolder({ content }: StagedFile): Promise<void> {
    await mkdir(this.#downloadDir(content), { recursive: true })
  }

  /** How much of a download is here. */
  async downloadedBytes({ content }: StagedFile): Promise<number> {
    return Math.min(content.bytes, await largestFileBytes(this.#downloadDir(content)))
  }

  /** Removes what earlier runs left, except for downloads. */
  async clean(): Promise<void> {
    for (const name of await namesIn(this.#dir)) {
      if (name !== downloadsName) await remove(join(this.#dir, name))
    }
  }

  /** Removes all downloads but these. */
  async keepDownloads(downloads: readonly StagedFile[]): Promise<void> {
    const kept = new Set(downloads.map(({ content }) => content.digest.hex))
    for (const name of await namesIn(join(this.#dir, downloadsName))) {
      if (!kept.has(name)) await remove(join(this.#dir, downloadsName, name))
    }
  }

  async remove(): Promise<void> {
    await remove(this.#dir)
  }

  /** An empty folder. */
  async folder(...names: string[]): Promise<string> {
    const dir = join(this.#dir, ...names)
    await remove(dir)
    await mkdir(dir, { recursive: true })
    return dir
  }

  /** Shows a complete download under another path, without using up room where the disk knows links. */
  async linkDownload(download: StagedFile, path: string): Promise<void> {
    await mkdir(dirname(path), { recursive: true })
    const source = this.downloadPath(download)
    await link(source, path).catch(() => copyFile(source, path))
  }

  #downloadDir({ digest }: FileContent): string {
    return join(this.#dir, downloadsName, digest.hex)
  }

  /** Puts a finished folder in the place of a model; the old one leaves only then. */
  async publish(finishedDir: string, name: string): Promise<void> {
    for (const path of await listFiles(finishedDir)) await flush(join(finishedDir, path))
    const target = join(this.#modelsDir, name)
    const old = join(await this.folder('old'), name)
    await rename(target, old).catch((error: unknown) => {
      if (!isMissing(error)) throw error
    })
    await rename(finishedDir, target)
    await flush(this.#modelsDir)
    await remove(dirname(old))
  }
}

/** @throws VoxbridgeError ERR_DISK where the disk of an existing folder has too little room */
export async function checkFreeSpace(dir: string, neededBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dir)
  const free = bavail * bsize
  const needed = neededBytes + reserveBytes
  if (free >= needed) return
  throw new VoxbridgeError(
    'ERR_DISK',
    `The models need ${megabytes(needed)} MB in ${dir}, and ${megabytes(free)} MB are free: free some space, or set MODELS_DIR to another folder.`,
  )
}

/** Sizes are told in units of a million bytes, as disks are. */
export function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0)
}

/** The size of the largest file below a folder: what a package client is writing. */
export async function largestFileBytes(dir: string): Promise<number> {
  const sizes = await Promise.all(
    (await listFiles(dir).catch(() => [])).map((path) => stat(join(dir, path)).catch(() => ({ size: 0 }))),
  )
  return Math.max(0, ...sizes.map(({ size }) => size))
}

async function flush(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

async function namesIn(dir: string): Promise<string[]> {
  try {
    return await readdir(dir)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true })
}
