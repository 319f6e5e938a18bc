/**
 * Short-lived tokens that the holder of an API token hands to a browser, so that its own never leaves its server. They
 * are kept nowhere: each says what it is for, under a seal (HMAC-SHA-256) that only this process can make and that
 * is gone with it.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { ApiToken } from './api-tokens.ts'
import type { Right } from './rights.ts'

export interface BrowserToken {
  /** `id` of the API token behind it. */
  readonly parent: string
  readonly may: readonly Right[]
  /** In `Date.now()`. */
  readonly expiresAt: number
}

const prefix = 'vbb_'

export class BrowserTokens {
  readonly #key = randomBytes(32)

  issue(parent: Pick<ApiToken, 'id'>, may: readonly Right[], expiresAt: number): string {
    const claims: BrowserToken = { parent: parent.id, may, expiresAt }
    const payload = Buffer.from(JSON.stringify(claims)).toString('base64url')
    return `${prefix}${payload}.${this.#seal(payload).toString('base64url')}`
  }

  /** @returns what it says, expired or not; undefined where it is none of ours. */
  read(token: string): BrowserToken | undefined {
    const [payload = '', seal = '', ...rest] = token.slice(prefix.length).split('.')
    if (!token.startsWith(prefix) || rest.length > 0) return undefined
    const given = Buffer.from(seal, 'base64url')
    const right = this.#seal(payload)
    if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined
    // Under our own seal stands what we have written ourselves.
    return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as BrowserToken
  }

  #seal(payload: string): Buffer {
    return createHmac('sha256', this.#key).update(payload).digest()
  }
}
