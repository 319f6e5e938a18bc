/** From a repository as the lock file names it to files that are known to the byte. */
import type { HubFile, HubSource } from '../lock.ts'
import type { FileContent } from '../verify.ts'
import { type HubAccess, isCommit } from './access.ts'
import { FileMissing, wrongContent } from './errors.ts'
import { readRepository } from './repository.ts'

/** A repository at one commit, with the size and the hash of each file. */
export interface PinnedHubSource extends Omit<HubSource, 'files'> {
  readonly files: readonly PinnedHubFile[]
}

export interface PinnedHubFile extends FileContent, Pick<HubFile, 'path' | 'as'> {
  /** Who says that it is this content. */
  readonly promisedBy: 'lock' | 'hub'
}

export interface PinOptions {
  readonly access: HubAccess
  readonly signal: AbortSignal
  /** Takes a line for the user. */
  readonly warn: (message: string) => void
}

/** Whether the lock file itself says what every file is. */
export function isPinned({ revision, files }: HubSource): boolean {
  return isCommit(revision) && files.every((file) => lockedContent(file) !== undefined)
}

/**
 * Asks the hub for what the lock file does not say; where it says all, nobody is asked.
 * @throws VoxbridgeError ERR_MODEL_FETCH, or ERR_MODEL_HASH where the hub has something else than the lock file says
 */
export async function pinHubSource(source: HubSource, options: PinOptions): Promise<PinnedHubSource> {
  if (isPinned(source)) {
    return { ...source, files: source.files.flatMap((file) => lockedContent(file) ?? []) }
  }
  const { repository, revision } = source
  const { commit, files, movedTo } = await readRepository({ repository, revision }, options)
  if (movedTo !== undefined) options.warn(describeMove(repository, movedTo))
  return {
    ...source,
    revision: commit,
    files: source.files.map((file) => {
      const target = { repository, revision, path: file.path }
      const content = files.get(file.path)
      if (content === undefined) throw new FileMissing(target, files.keys())
      const change = differenceFrom(content, file)
      if (change !== undefined) throw wrongContent(target, options.access, change, 'lock')
      return lockedContent(file) ?? { path: file.path, as: file.as, ...content, promisedBy: 'hub' }
    }),
  }
}

export function describeMove(from: string, to: string): string {
  return `${from} is now called ${to}: write that name into models.lock.json.`
}

function lockedContent({ path, as, bytes, sha256 }: HubFile): PinnedHubFile | undefined {
  if (bytes === undefined || sha256 === undefined) return undefined
  return { path, as, bytes, digest: { algorithm: 'sha256', hex: sha256 }, promisedBy: 'lock' }
}

function differenceFrom({ bytes, digest }: FileContent, locked: HubFile): string | undefined {
  if (locked.bytes !== undefined && locked.bytes !== bytes) {
    return `it has ${bytes} bytes instead of ${locked.bytes}`
  }
  if (locked.sha256 === undefined || digest.algorithm !== 'sha256') return undefined
  return locked.sha256 === digest.hex ? undefined : 'it has another sha256'
}
