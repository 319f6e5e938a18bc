/** What a repository of the hub holds at a revision: sizes and hashes, before anything of it is downloaded. */
import type { FileContent } from '../verify.ts'
import { type HubAccess, type HubTarget, defaultPatience, isCommit } from './access.ts'
import { notAHub } from './errors.ts'
import { type HubAnswer, exchange } from './exchange.ts'
import { withRetries } from './retry.ts'

/** Repositories with thousands of files stay below a tenth of it. */
const mostListBytes = 32 << 20

export interface RepositoryFiles {
  readonly commit: string
  /** By their paths. */
  readonly files: ReadonlyMap<string, FileContent>
  /** The repository's own name, where it was asked for by another one. */
  readonly movedTo: string | undefined
}

/** @throws VoxbridgeError ERR_MODEL_FETCH */
export async function readRepository(
  target: HubTarget,
  { access, signal }: { readonly access: HubAccess; readonly signal: AbortSignal },
): Promise<RepositoryFiles> {
  const { repository, revision } = target
  const path = `/api/models/${repository}/revision/${encodeURIComponent(revision)}?blobs=true`
  const options = { access, target, headers: { accept: 'application/json' }, signal }
  return withRetries(
    () =>
      exchange(path, options, async (answer) => {
        const listing = parseListing(await readJson(answer))
        if (listing === undefined) throw notAHub(target, access)
        const { name, ...rest } = listing
        return { ...rest, movedTo: answer.movedTo ?? (name === repository ? undefined : name) }
      }),
    { signal, patience: access.patience ?? defaultPatience },
  )
}

async function readJson({ chunks }: HubAnswer): Promise<unknown> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.byteLength
    if (bytes > mostListBytes) return undefined
    parts.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'))
  } catch {
    return undefined
  }
}

type Listing = Pick<RepositoryFiles, 'commit' | 'files'> & { readonly name: string | undefined }

function parseListing(json: unknown): Listing | undefined {
  if (!isObject(json)) return undefined
  const { sha, siblings, id } = json
  if (typeof sha !== 'string' || !isCommit(sha) || !Array.isArray(siblings)) return undefined
  const files = siblings.map(parseFile)
  if (files.includes(undefined)) return undefined
  return {
    name: typeof id === 'string' ? id : undefined,
    commit: sha,
    files: new Map(files.filter((file) => file !== undefined)),
  }
}

/** A large file has a SHA-256, a small one only the name that git gives it. */
function parseFile(json: unknown): readonly [string, FileContent] | undefined {
  if (!isObject(json)) return undefined
  const { rfilename: path, size: bytes, blobId, lfs } = json
  if (typeof path !== 'string' || typeof bytes !== 'number' || !Number.isSafeInteger(bytes)) return undefined
  const sha256 = isObject(lfs) ? lfs['sha256'] : undefined
  if (typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256)) {
    return [path, { bytes, digest: { algorithm: 'sha256', hex: sha256 } }]
  }
  if (typeof blobId !== 'string' || !isCommit(blobId)) return undefined
  return [path, { bytes, digest: { algorithm: 'git-blob', hex: blobId } }]
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
