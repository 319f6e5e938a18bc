/** Takes files that come with this repository for a model, with the same checks as those that come from elsewhere. */
import { copyFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { VoxbridgeError } from '../errors.ts'
import type { Download } from './download.ts'
import type { BundledFile, BundledSource } from './lock.ts'
import type { StagedFile } from './staging.ts'
import { checkContent, contentOf } from './verify.ts'

/** The "downloads" of a source's files; `rootDir` is the folder of the lock file. */
export function bundledDownloads({ files }: BundledSource, rootDir: string): Download[] {
  return files.map((file) => ({
    name: file.path,
    ...stagedBundledFile(file),
    get: (path) => copyIntact(file, rootDir, path),
  }))
}

/** What a file is in the staging folder. */
export function stagedBundledFile(file: BundledFile): StagedFile {
  return { fileName: basename(file.path), content: contentOf(file) }
}

async function copyIntact(file: BundledFile, rootDir: string, target: string): Promise<void> {
  const source = join(rootDir, file.path)
  const fault = await checkContent(source, contentOf(file))
  if (fault !== undefined) {
    throw new VoxbridgeError(
      'ERR_MODEL_HASH',
      `${file.path} of this repository is not the file that models.lock.json names (${fault}). Get it back with: git checkout -- ${file.path}`,
    )
  }
  await copyFile(source, target)
}
