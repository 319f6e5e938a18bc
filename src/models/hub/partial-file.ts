/** A file that arrives piece by piece, also over several runs; what is there is kept beside the finished file. */
import { type FileHandle, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { isMissing } from '../file-errors.ts'

export class PartialFile {
  readonly #target: string
  #bytes = 0
  #etag: string | undefined

  private constructor(target: string) {
    this.#target = target
  }

  /** Takes up what an earlier run left beside `target`. */
  static async find(target: string): Promise<PartialFile> {
    const partial = new PartialFile(target)
    partial.#bytes = await sizeOf(partial.path)
    partial.#etag = partial.#bytes > 0 ? await readIfThere(partial.#etagPath) : undefined
    return partial
  }

  get path(): string {
    return `${this.#target}.partial`
  }

  get #etagPath(): string {
    return `${this.#target}.etag`
  }

  get bytes(): number {
    return this.#bytes
  }

  /** What the server called the version of which this is the beginning, if it has versions that can be compared. */
  get etag(): string | undefined {
    return this.#etag
  }

  /** Forgets what has arrived: the server begins anew, with a version of this name. */
  async restart(etag: string | undefined): Promise<void> {
    await writeFile(this.path, '')
    this.#bytes = 0
    this.#etag = etag
    if (etag === undefined) await rm(this.#etagPath, { force: true })
    else await writeFile(this.#etagPath, etag)
  }

  /** Adds chunks as they come; what was added counts even if the rest fails. */
  async append(chunks: AsyncIterable<Uint8Array>, onBytes: (bytes: number) => void): Promise<void> {
    let file: FileHandle | undefined
    try {
      file = await open(this.path, 'a')
      for await (const chunk of chunks) {
        await file.appendFile(chunk)
        this.#bytes += chunk.byteLength
        onBytes(this.#bytes)
      }
    } finally {
      await file?.close()
    }
  }

  async discard(): Promise<void> {
    await rm(this.path, { force: true })
    await rm(this.#etagPath, { force: true })
    this.#bytes = 0
    this.#etag = undefined
  }

  /** Gives the complete file its name. */
  async finish(): Promise<void> {
    await rename(this.path, this.#target)
    await rm(this.#etagPath, { force: true })
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (isMissing(error)) return 0
    throw error
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
