import { constants } from 'node:fs'
import { access, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Finding, failure, ok, reasonOf } from './finding.ts'
import { gigabytes } from './machine.ts'

/** What a model takes while it is fetched: the archive, what was taken out of it, and the imported model. */
const fetchFactor = 3
const reserveBytes = 64 << 20

/** @param missingBytes size of the models that are still to be fetched. */
export async function checkDisk(modelsDir: string, missingBytes: number): Promise<Finding> {
  const subject = 'Disk'
  try {
    const dir = await nearestFolder(modelsDir)
    const { bavail, bsize } = await statfs(dir)
    const freeBytes = bavail * bsize
    const found = `${gigabytes(freeBytes)} GB free for ${modelsDir}`
    // A models folder that is complete may be read-only, as in a container.
    if (missingBytes === 0) return ok(subject, found)
    if (!(await isWritable(dir))) {
      return failure(
        subject,
        `${dir} cannot be written to`,
        'Make it writable, or set MODELS_DIR to another folder.',
      )
    }
    const neededBytes = missingBytes * fetchFactor + reserveBytes
    if (freeBytes >= neededBytes) return ok(subject, found)
    return failure(
      subject,
      `${found}; the models need ${gigabytes(neededBytes)} GB while they are fetched`,
      'Free some space, or set MODELS_DIR to another folder.',
    )
  } catch (error) {
    return failure(subject, reasonOf(error), 'Set MODELS_DIR to a folder that can be read.')
  }
}

/** The folder itself, or the nearest one around it that exists. */
async function nearestFolder(dir: string): Promise<string> {
  const exists = await access(dir).then(
    () => true,
    () => false,
  )
  return exists || dirname(dir) === dir ? dir : nearestFolder(dirname(dir))
}

async function isWritable(dir: string): Promise<boolean> {
  return access(dir, constants.W_OK).then(
    () => true,
    () => false,
  )
}
