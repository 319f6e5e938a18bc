/** Where a request may carry its token: a header, a subprotocol of the WebSocket, or the query. */
import type { RequestHead } from '../http.ts'

/** What a token may look like at all: it fits into a header. */
export const secretPattern = /^[\x21-\x7e]{1,1000}$/

/** What the server speaks over a WebSocket, for clients that ask for a subprotocol. */
export const subprotocol = 'voxbridge.v1'
/**
 * A browser cannot set a header on a WebSocket, but it can offer subprotocols: `voxbridge.v1` and this with the token
 * behind it. The server answers with the former, so the token is not sent back.
 */
const tokenProtocolPrefix = 'token.'

/** @returns the token as it was sent; the header goes before the subprotocol, and that before the query. */
export function findSecret({ headers, query }: Pick<RequestHead, 'headers' | 'query'>): string | undefined {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.get('authorization') ?? '')?.[1]
  const offered = (headers.get('sec-websocket-protocol') ?? '').split(',').map((name) => name.trim())
  const protocol = offered.find((name) => name.startsWith(tokenProtocolPrefix))
  const secret =
    bearer ?? protocol?.slice(tokenProtocolPrefix.length) ?? new URLSearchParams(query).get('token')
  return secret || undefined
}
