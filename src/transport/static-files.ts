/** The files of the page, read into memory once; a path is only ever looked up, so none can lead outside. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { type HttpReply, type HttpRequest, reply } from './http.ts'

const contentTypes: ReadonlyMap<string, string> = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
  ['.png', 'image/png'],
  ['.ico', 'image/x-icon'],
  ['.wav', 'audio/wav'],
  ['.webmanifest', 'application/manifest+json'],
])

export interface StaticFile {
  readonly type: string
  readonly body: Uint8Array
  readonly etag: string
}

/** @returns files by URL path; files of other kinds than a page needs are left out */
export async function readStaticFiles(dir: string): Promise<ReadonlyMap<string, StaticFile>> {
  const files = new Map<string, StaticFile>()
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    const type = contentTypes.get(extname(entry.name))
    if (!entry.isFile() || type === undefined) continue
    const file = join(entry.parentPath, entry.name)
    const body = await readFile(file)
    const etag = `"${createHash('sha256').update(body).digest('base64url')}"`
    files.set('/' + relative(dir, file).split(sep).join('/'), { type, body, etag })
  }
  const index = files.get('/index.html')
  if (index) files.set('/', index)
  return files
}

export function replyWithFile({ type, body, etag }: StaticFile, request: HttpRequest): HttpReply {
  const headers = { ETag: etag, 'Cache-Control': 'no-cache' }
  const known = request.headers.get('if-none-match')?.split(',') ?? []
  if (known.some((candidate) => candidate.trim() === etag)) return reply(304, type, '', headers)
  return reply(200, type, body, headers)
}
