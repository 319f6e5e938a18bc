/**
 * Whose page a request comes from. A browser says it in `Origin`, and pages cannot change that; without it, no page of
 * another site speaks (https://www.rfc-editor.org/rfc/rfc6454#section-7).
 */
import type { RequestHead } from '../http.ts'
import { isLoopback } from './client-address.ts'

export interface OriginRules {
  /** Origins of other sites whose pages may use the server, e.g. `https://example.org`. */
  readonly allowed: readonly string[]
  /**
   * Whether the server is for this machine alone. Then it has no other names than this machine's own: a foreign site
   * can have its name lead here and be of the same origin (DNS rebinding), with which it need not even send `Origin`.
   */
  readonly localOnly: boolean
}

export type OriginVerdict = 'none' | 'own' | 'allowed' | 'foreign'

/** @param secure whether the client's end is encrypted, where that is known. */
export function judgeOrigin(
  headers: RequestHead['headers'],
  secure: boolean | undefined,
  { allowed, localOnly }: OriginRules,
): OriginVerdict {
  const origin = headers.get('origin')
  const host = headers.get('host') ?? ''
  if (origin !== undefined && allowed.includes(origin)) return 'allowed'
  if (localOnly && !isLocalName(host)) return 'foreign'
  if (origin === undefined) return 'none'
  const url = URL.canParse(origin) ? new URL(origin) : undefined
  if (!url || url.origin !== origin || !isOwnHost(url, host)) return 'foreign'
  return secure === undefined || url.protocol === (secure ? 'https:' : 'http:') ? 'own' : 'foreign'
}

/** A port that goes without saying may be said in one and not in the other. */
function isOwnHost(origin: URL, host: string): boolean {
  const asked = `${origin.protocol}//${host}`
  return URL.canParse(asked) && new URL(asked).host === origin.host
}

function isLocalName(host: string): boolean {
  const url = `http://${host}`
  const name = URL.canParse(url) ? new URL(url).hostname : ''
  return name === 'localhost' || name.endsWith('.localhost') || isLoopback(name.replace(/^\[|\]$/g, ''))
}
