/** Requests and replies as the routes see them, whichever server carries them. */
import { STATUS_CODES } from 'node:http'
import type { VoxbridgeError } from '../errors.ts'

export interface HttpRequest {
  readonly method: string
  readonly path: string
  /** Without the question mark. */
  readonly query: string
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: Uint8Array
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal
}

export interface HttpReply {
  /** Code and words, e.g. `200 OK`. */
  readonly status: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

export interface Route {
  readonly maxBodyBytes: number
  handle(request: HttpRequest): HttpReply | Promise<HttpReply>
}

export function reply(
  code: number,
  type: string,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): HttpReply {
  return {
    status: `${code} ${STATUS_CODES[code] ?? 'Unknown'}`,
    headers: { 'Content-Type': type, 'X-Content-Type-Options': 'nosniff', ...headers },
    body,
  }
}

export function jsonReply(
  code: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpReply {
  return reply(code, 'application/json; charset=utf-8', JSON.stringify(value) + '\n', {
    'Cache-Control': 'no-store',
    ...headers,
  })
}

/** Header of an answer that says "not now". */
export const retryLater = { 'Retry-After': '5' }

export function errorReply({ code, message, status }: VoxbridgeError): HttpReply {
  return jsonReply(status, { error: { code, message } }, status === 503 ? retryLater : {})
}
