/** The files of the page, read into memory once; a path is only ever looked up, so none can lead outside. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
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
/** These are compressed already, or not worth it. */
const incompressible = new Set(['.png', '.ico', '.wav'])

/** The page runs and loads nothing but what is its own; `'self'` takes in the WebSocket of the same address. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ')

const pageHeaders = {
  'Content-Security-Policy': contentSecurityPolicy,
  'Permissions-Policy': 'microphone=(self), camera=(), geolocation=()',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
}

export interface StaticFile {
  readonly type: string
  readonly body: Uint8Array
  /** Undefined where it would not be smaller. */
  readonly gzipped: Uint8Array | undefined
  readonly etag: string
}

/**
 * @param folders by the path that their files are served under, e.g. `/samples/`
 * @returns files by URL path; files of other kinds than a page needs are left out
 */
export async function readStaticFiles(
  folders: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<string, StaticFile>> {
  const files = new Map<string, StaticFile>()
  for (const [path, dir] of Object.entries(folders)) {
    for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
      const ending = extname(entry.name)
      const type = contentTypes.get(ending)
      if (!entry.isFile() || type === undefined) continue
      const file = join(entry.parentPath, entry.name)
      const body = await readFile(file)
      const gzipped = incompressible.has(ending) ? undefined : await compress(body)
      const etag = `"${createHash('sha256').update(body).digest('base64url')}"`
      files.set(path + relative(dir, file).split(sep).join('/'), { type, body, gzipped, etag })
    }
  }
  const index = files.get('/index.html')
  if (index) files.set('/', index)
  return files
}

export function replyWithFile({ type, body, gzipped, etag }: StaticFile, request: HttpRequest): HttpReply {
  // A weak tag stands for both forms of the file.
  const tag = `W/${etag}`
  const headers = { ...pageHeaders, ETag: tag, 'Cache-Control': 'no-cache', Vary: 'Accept-Encoding' }
  const known = request.headers.get('if-none-match')?.split(',') ?? []
  if (known.some((candidate) => candidate.trim().replace('W/', '') === etag)) {
    return reply(304, type, '', headers)
  }
  if (gzipped && acceptsGzip(request)) {
    return reply(200, type, gzipped, { ...headers, 'Content-Encoding': 'gzip' })
  }
  return reply(200, type, body, headers)
}

async function compress(body: Uint8Array): Promise<Uint8Array | undefined> {
  const gzipped = await promisify(gzip)(body, { level: constants.Z_BEST_COMPRESSION })
  return gzipped.byteLength < body.byteLength ? gzipped : undefined
}

function acceptsGzip({ headers }: HttpRequest): boolean {
  const codings = headers.get('accept-encoding')?.split(',') ?? []
  return codings.some((coding) => /^\s*gzip\s*(;\s*q=(?!0(\.0*)?\s*$)|$)/i.test(coding))
}
