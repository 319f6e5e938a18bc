/** Checks files against their sizes and hashes. All of the default models take a quarter of a second. */
import { type Hash, createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { isMissing } from './file-errors.ts'
import type { LockedFile } from './lock.ts'

const readBytes = 1 << 20

/** What is wrong with a file, or undefined where nothing is. */
export type FileFault = 'missing' | 'wrong size' | 'wrong sha256' | 'wrong git hash' | undefined

/** A file's size and what tells it from all others of that size. */
export interface FileContent {
  readonly bytes: number
  readonly digest: Digest
}

export interface Digest {
  /** `git-blob`: the name that git gives a file, a SHA-1 of its size and its content. */
  readonly algorithm: 'sha256' | 'git-blob'
  readonly hex: string
}

/** The SHA-256 of a file. */
export async function hashFile(path: string): Promise<string> {
  return updateFrom(path, createHash('sha256'))
}

export function contentOf({ bytes, sha256 }: Omit<LockedFile, 'path'>): FileContent {
  return { bytes, digest: { algorithm: 'sha256', hex: sha256 } }
}

export async function checkFile(path: string, expected: Omit<LockedFile, 'path'>): Promise<FileFault> {
  return checkContent(path, contentOf(expected))
}

export async function checkContent(path: string, { bytes, digest }: FileContent): Promise<FileFault> {
  try {
    const { size } = await stat(path)
    if (size !== bytes) return 'wrong size'
    if (digest.algorithm === 'sha256') {
      return (await hashFile(path)) === digest.hex ? undefined : 'wrong sha256'
    }
    // https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
    const hash = createHash('sha1').update(`blob ${bytes}\0`)
    return (await updateFrom(path, hash)) === digest.hex ? undefined : 'wrong git hash'
  } catch (error) {
    if (isMissing(error)) return 'missing'
    throw error
  }
}

async function updateFrom(path: string, hash: Hash): Promise<string> {
  for await (const chunk of createReadStream(path, { highWaterMark: readBytes })) hash.update(chunk as Buffer)
  return hash.digest('hex')
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
  const files = []
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name)
    // The download cache of huggingface_hub is made of links to files.
    const isFile = entry.isSymbolicLink() ? await leadsToFile(path) : entry.isFile()
    if (isFile) files.push(relative(dir, path).split(sep).join('/'))
  }
  return files.sort()
}

async function leadsToFile(link: string): Promise<boolean> {
  try {
    return (await stat(link)).isFile()
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
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
