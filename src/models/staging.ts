/**
 * The folder below the models folder where everything is made before it takes its place by one rename. What a run
 * that was cut off leaves here is removed by the next, except for archives, which are used if they are complete.
 */
import { mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { VoxbridgeError } from '../errors.ts'
import { isMissing } from './file-errors.ts'
import type { LockedFile } from './lock.ts'
import { listFiles } from './verify.ts'

const stagingName = '.staging'
/** Room for what a package client keeps besides the archive, and for the file system's own needs. */
const reserveBytes = 64 << 20

export class Staging {
  readonly #modelsDir: string
  readonly #dir: string

  constructor(modelsDir: string) {
    this.#modelsDir = modelsDir
    this.#dir = join(modelsDir, stagingName)
  }

  /** The folder of one archive, by its hash. */
  archiveDir({ sha256 }: LockedFile): string {
    return join(this.#dir, 'archives', sha256)
  }

  archivePath(archive: LockedFile): string {
    return join(this.archiveDir(archive), archive.path)
  }

  /** Removes what earlier runs left, except for the named archives. */
  async clean(keep: readonly LockedFile[]): Promise<void> {
    for (const name of await namesIn(this.#dir)) {
      if (name !== 'archives') await remove(join(this.#dir, name))
    }
    const kept = new Set(keep.map(({ sha256 }) => sha256))
    for (const name of await namesIn(join(this.#dir, 'archives'))) {
      if (!kept.has(name)) await remove(join(this.#dir, 'archives', name))
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
