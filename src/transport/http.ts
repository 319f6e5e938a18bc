/** Requests and replies as the routes see them, whichever server carries them. */
import { STATUS_CODES } from 'node:http'
import type { VoxbridgeError } from '../errors.ts'
import type { Upload } from './auth/upload-budget.ts'

/** What is known of a request before its body. */
export interface RequestHead {
  readonly method: string
  readonly path: string
  /** Without the question mark. */
  readonly query: string
  /** By lower-case name; one that is given several times has its values joined by commas. */
  readonly headers: ReadonlyMap<string, string>
  /** IP address of the other end of the connection: the client's, or that of a proxy. */
  readonly peer: string
}

export interface HttpRequest extends RequestHead {
  readonly body: Uint8Array
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal
}

export interface HttpReply {
  /** Code and words, e.g. `200 OK`. */
  readonly status: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
  /** Whether the connection ends with this answer. */
  readonly isLast?: boolean
}

export interface Route {
  /** 0: a body is not looked at. */
  readonly maxBodyBytes: number
  /** Told of the bytes of the body that are kept. */
  readonly upload?: Upload
  handle(request: HttpRequest): HttpReply | Promise<HttpReply>
}

/** Finds the route of a request. @throws VoxbridgeError that becomes the HTTP answer. */
export type Router = (head: RequestHead) => Route

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

/** Where it is not known when to come back. */
const defaultRetryAfterS = 5

export function errorReply(error: VoxbridgeError, fields: Readonly<Record<string, unknown>> = {}): HttpReply {
  const { code, message, status } = error
  const answer = jsonReply(status, { ...fields, error: { code, message } }, errorHeaders(error))
  // Connections of somebody who asks too often would add up, each with a request that is refused now and then.
  return { ...answer, isLast: status === 429 }
}

function errorHeaders({ status, retryAfterS = defaultRetryAfterS }: VoxbridgeError): Record<string, string> {
  if (status === 503 || status === 429) return { 'Retry-After': String(Math.ceil(retryAfterS)) }
  return status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {}
}
