/** Downloads a file of a repository, from where the last attempt or the last run stopped. */
import { basename } from 'node:path'
import { VoxbridgeError } from '../../errors.ts'
import type { Download, DownloadOptions } from '../download.ts'
import type { StagedFile } from '../staging.ts'
import { checkContent } from '../verify.ts'
import { type HubAccess, type HubTarget, defaultPatience } from './access.ts'
import { FileMissing, cannotDownload, wrongContent } from './errors.ts'
import { type HubAnswer, exchange } from './exchange.ts'
import { PartialFile } from './partial-file.ts'
import { type PinnedHubFile, type PinnedHubSource, describeMove } from './pin.ts'
import { readRepository } from './repository.ts'
import { TransientFault, withRetries } from './retry.ts'

const rangeNotSatisfiable = 416
const partialContent = 206

/** The downloads of a repository's files. */
export function hubDownloads(
  { repository, revision, files }: PinnedHubSource,
  access: HubAccess,
): Download[] {
  return files.map((file) => {
    const wanted = { target: { repository, revision, path: file.path }, file, access }
    return {
      name: file.path,
      ...stagedFile(file),
      get: (path, options) => getFile(wanted, path, options),
    }
  })
}

/** What a file of a repository is in the staging folder. */
export function stagedFile(file: PinnedHubFile): StagedFile {
  return { fileName: basename(file.path), content: file }
}

interface WantedFile {
  readonly target: HubTarget & { readonly path: string }
  readonly file: PinnedHubFile
  readonly access: HubAccess
}

async function getFile(wanted: WantedFile, path: string, options: DownloadOptions): Promise<void> {
  const { target, file, access } = wanted
  for (;;) {
    const partial = await PartialFile.find(path)
    const takenUp = partial.bytes > 0
    let chunks = 0
    const onBytes = (bytes: number): void => {
      chunks += 1
      options.onBytes(bytes)
    }
    if (partial.bytes !== file.bytes) {
      await withRetries(() => receive(wanted, partial, { ...options, onBytes }), {
        signal: options.signal,
        patience: access.patience ?? defaultPatience,
        progress: () => chunks,
      })
    }
    const fault = await checkContent(partial.path, file)
    if (fault === undefined) return partial.finish()
    await partial.discard()
    // The beginning was of another run, which may have been cut off together with its machine.
    if (!takenUp) throw wrongContent(target, access, `it has the ${fault}`, file.promisedBy)
  }
}

/** One connection's worth. */
async function receive(wanted: WantedFile, partial: PartialFile, options: DownloadOptions): Promise<void> {
  const { target, file, access } = wanted
  const { signal, onBytes, warn } = options
  if (partial.bytes > file.bytes) await partial.discard()
  const request = {
    access,
    target,
    headers: rangeHeaders(partial),
    accept: [partialContent, rangeNotSatisfiable],
    signal,
  }
  try {
    await exchange(filePath(target), request, async (answer) => {
      if (answer.movedTo !== undefined) warn(describeMove(target.repository, answer.movedTo))
      checkAnnounced(answer, wanted)
      if (!(await placeAnswer(answer, partial))) {
        throw new TransientFault(
          cannotDownload(target, `${access.endpoint} does not go on where it stopped; try again later`),
        )
      }
      await partial.append(limit(answer.chunks, file.bytes - partial.bytes, wanted), onBytes)
    })
  } catch (error) {
    if (error instanceof VoxbridgeError && error.code === 'ERR_MODEL_HASH') await partial.discard()
    throw await explainMissingFile(error, wanted, signal)
  }
  if (partial.bytes < file.bytes) {
    throw new TransientFault(
      cannotDownload(
        target,
        `the connection ends early again and again, after ${partial.bytes} of ${file.bytes} bytes; what has arrived is kept, the next run goes on from there`,
      ),
    )
  }
}

function filePath({ repository, revision, path }: HubTarget & { readonly path: string }): string {
  const encoded = path.split('/').map(encodeURIComponent).join('/')
  return `/${repository}/resolve/${encodeURIComponent(revision)}/${encoded}`
}

/** Asks for the rest, if it is the rest of the same. */
function rangeHeaders({ bytes, etag }: PartialFile): Record<string, string> {
  if (bytes === 0) return {}
  return { range: `bytes=${bytes}-`, ...(etag !== undefined && { 'if-range': etag }) }
}

/** Makes what has arrived and what is coming fit together; false where they cannot, and all begins anew. */
async function placeAnswer({ status, headers }: HubAnswer, partial: PartialFile): Promise<boolean> {
  if (status === partialContent) {
    const start = /^bytes (\d+)-/.exec(headers.get('content-range') ?? '')?.[1]
    if (Number(start) === partial.bytes) return true
  }
  // A weak ETag does not vouch for single bytes.
  const etag = headers.get('etag') ?? undefined
  await partial.restart(etag?.startsWith('"') ? etag : undefined)
  return status === 200
}

/** Finds out before the first byte that it is not the file that is wanted. */
function checkAnnounced({ status, headers, linked }: HubAnswer, { target, file, access }: WantedFile): void {
  const wrong = (what: string): VoxbridgeError => wrongContent(target, access, what, file.promisedBy)
  const announced = [linked.bytes, totalBytes(status, headers)].find(
    (bytes) => bytes !== undefined && bytes !== file.bytes,
  )
  if (announced !== undefined) throw wrong(`it has ${announced} bytes instead of ${file.bytes}`)
  const { hash } = linked
  const { hex } = file.digest
  if (hash !== undefined && hash.length === hex.length && hash !== hex) throw wrong('it has another hash')
}

function totalBytes(status: number, headers: Headers): number | undefined {
  const compressed = headers.has('content-encoding')
  const length =
    status === partialContent
      ? /\/(\d+)$/.exec(headers.get('content-range') ?? '')?.[1]
      : status === 200 && !compressed && headers.get('content-length')
  return length ? Number(length) : undefined
}

async function* limit(
  chunks: AsyncIterable<Uint8Array>,
  mostBytes: number,
  { target, file, access }: WantedFile,
): AsyncGenerator<Uint8Array> {
  let left = mostBytes
  for await (const chunk of chunks) {
    left -= chunk.byteLength
    if (left < 0) {
      throw wrongContent(target, access, `more than its ${file.bytes} bytes are sent`, file.promisedBy)
    }
    yield chunk
  }
}

/** Where the hub has no such file, a look at its list says what it has instead. */
async function explainMissingFile(
  error: unknown,
  { target, access }: WantedFile,
  signal: AbortSignal,
): Promise<unknown> {
  if (!(error instanceof FileMissing)) return error
  const listing = await readRepository(target, { access, signal }).catch(() => undefined)
  return listing === undefined ? error : new FileMissing(target, listing.files.keys())
}
