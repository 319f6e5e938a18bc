/** Downloads the archive of a package, and tells how far it is by the size of what is being written. */
import { mkdir, readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { VoxbridgeError } from '../errors.ts'
import type { Download, DownloadOptions } from './download.ts'
import type { PackageSource } from './lock.ts'
import { downloadPackage } from './package-client.ts'
import { largestFileBytes } from './staging.ts'
import { checkFile, contentOf } from './verify.ts'

const watchMs = 500

export function packageDownload(source: PackageSource): Download {
  const { archive } = source
  return {
    name: archive.path,
    fileName: archive.path,
    content: contentOf(archive),
    get: (path, options) => getArchive(source, path, options),
  }
}

async function getArchive(
  source: PackageSource,
  path: string,
  { signal, onBytes }: DownloadOptions,
): Promise<void> {
  const { archive } = source
  const targetDir = dirname(path)
  // Package clients do not go on with what is half there.
  await rm(targetDir, { recursive: true, force: true })
  const tempDir = join(targetDir, 'temp')
  await mkdir(tempDir, { recursive: true })
  const timer = setInterval(() => void largestFileBytes(targetDir).then(onBytes), watchMs)
  try {
    await downloadPackage(source, targetDir, { tempDir, signal })
  } finally {
    clearInterval(timer)
    await rm(tempDir, { recursive: true, force: true })
  }
  const fault = await checkFile(path, archive)
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
