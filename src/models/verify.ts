/** Checks files against their sizes and hashes. All of the default models take a quarter of a second. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { isMissing } from './file-errors.ts'
import type { LockedFile } from './lock.ts'

const readBytes = 1 << 20

/** What is wrong with a file, or undefined where nothing is. */
export type FileFault = 'missing' | 'wrong size' | 'wrong sha256' | undefined

export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: readBytes })) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

export async function checkFile(path: string, expected: Omit<LockedFile, 'path'>): Promise<FileFault> {
  try {
    const { size } = await stat(path)
    if (size !== expected.bytes) return 'wrong size'
    return (await hashFile(path)) === expected.sha256 ? undefined : 'wrong sha256'
  } catch (error) {
    if (isMissing(error)) return 'missing'
    throw error
  }
}

export interface FaultyFile {
  readonly path: string
  readonly fault: string
}

/** The files of a folder that are not as they should be. */
export async function checkFiles(dir: string, files: readonly LockedFile[]): Promise<FaultyFile[]> {
  const checks = await Promise.all(
    files.map(async (file) => ({ path: file.path, fault: await checkFile(join(dir, file.path), file) })),
  )
  return checks.flatMap(({ path, fault }) => (fault === undefined ? [] : [{ path, fault }]))
}

/** All files below a folder, in the order of their paths. */
export async function listFiles(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort()
}

/** Describes the files of a folder as the lock file does. */
export async function describeFiles(dir: string): Promise<LockedFile[]> {
  return Promise.all(
    (await listFiles(dir)).map(async (path) => ({
      path,
      bytes: (await stat(join(dir, path))).size,
      sha256: await hashFile(join(dir, path)),
    })),
  )
}
