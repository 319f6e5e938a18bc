/** The one who is asked by everything that lets somebody in: whose page, which token, how much already. */
import type { BlockList } from 'node:net'
import type { DoorConfig } from '../../config-doors.ts'
import { VoxbridgeError } from '../../errors.ts'
import type { RequestHead } from '../http.ts'
import type { ApiToken, ApiTokens } from './api-tokens.ts'
import { BrowserTokens } from './browser-tokens.ts'
import { clientAddress, isIn, isLoopback, isSecure, limitKey } from './client-address.ts'
import { findSecret } from './credentials.ts'
import { judgeOrigin, type OriginVerdict } from './origin.ts'
import { Places, RateLimit } from './rate-limits.ts'
import type { Right } from './rights.ts'

/** `public`: for everybody; `token`: for whoever has a token; else for whose token says so. */
export type Access = 'public' | 'token' | Right

export type GateRefusal = 'origin' | 'token' | 'limit'

export interface GateOptions {
  readonly config: DoorConfig
  readonly tokens: Pick<ApiTokens, 'find' | 'withId'>
  readonly onRefused: (cause: GateRefusal) => void
}

/** What somebody who was let in may do. */
export interface Grant {
  /** Name of the token; undefined where none was asked for. */
  readonly name: string | undefined
  /** Whether it would be given still. */
  readonly isValid: boolean
  /**
   * Counts speech that is to be heard.
   * @throws VoxbridgeError ERR_TOO_MANY
   */
  hear(ms: number): void
  /**
   * Takes a place for a conversation.
   * @throws VoxbridgeError ERR_TOO_MANY
   */
  openChannel(): ChannelPass
}

export interface ChannelPass extends Pick<Grant, 'isValid' | 'hear'> {
  /** Counts a message. @throws VoxbridgeError ERR_TOO_MANY */
  message(): void
  leave(): void
}

/** A token that was shown and holds. */
interface Pass {
  readonly token: ApiToken
  readonly may: readonly Right[]
  /** In `Date.now()`. */
  readonly expiresAt: number
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs

export class Gate {
  readonly #options: GateOptions
  readonly #trusted: BlockList
  readonly #browserTokens = new BrowserTokens()
  readonly #connections: RateLimit
  readonly #requests: RateLimit
  readonly #speechS: RateLimit
  readonly #channelsOfAddress: Places
  readonly #channelsOfToken: Places

  constructor(options: GateOptions) {
    const { limits, trustedProxies } = options.config
    this.#options = options
    this.#trusted = trustedProxies
    this.#connections = new RateLimit({ max: limits.connectionsPerMinute, perMs: minuteMs })
    this.#requests = new RateLimit({ max: limits.requestsPerMinute, perMs: minuteMs })
    this.#speechS = new RateLimit({ max: limits.speechMinutesPerHour * 60, perMs: hourMs })
    this.#channelsOfAddress = new Places(limits.channelsPerAddress)
    this.#channelsOfToken = new Places(limits.channelsPerToken)
  }

  /** Whether one more connection of this address may be opened. */
  admits(peer: string): boolean {
    if (isLoopback(peer) || isIn(this.#trusted, peer)) return true
    const isAdmitted = this.#connections.take(limitKey(peer)) === 0
    if (!isAdmitted) this.#options.onRefused('limit')
    return isAdmitted
  }

  /** Whose page it is that asks. */
  originOf(head: RequestHead): OriginVerdict {
    const { allowedOrigins, localOnly, tls } = this.#options.config
    const secure = isSecure(head, { tls: tls !== undefined, trusted: this.#trusted })
    return judgeOrigin(head.headers, secure, { allowed: allowedOrigins, localOnly })
  }

  /** @throws VoxbridgeError ERR_ORIGIN, ERR_UNAUTHORIZED, ERR_FORBIDDEN, ERR_TOO_MANY */
  enter(head: RequestHead, access: Access): Grant {
    if (access === 'public') return this.#grant([], undefined)
    if (this.originOf(head) === 'foreign') {
      const message = `Pages of ${JSON.stringify(head.headers.get('origin'))} may not use this server: ALLOWED_ORIGINS names those that may.`
      throw this.#refuse('origin', new VoxbridgeError('ERR_ORIGIN', message))
    }
    const address = clientAddress(head, this.#trusted)
    // This machine may as much as it likes.
    const addressKeys = isLoopback(address) ? [] : [`address ${limitKey(address)}`]
    this.#take(this.#requests, addressKeys, 1, 'requests')
    const pass = this.#options.config.auth ? this.#findPass(head) : undefined
    if (pass && access !== 'token' && !pass.may.includes(access)) {
      const message = `This token may ${pass.may.join(', ') || 'nothing'}, but not ${access}.`
      throw this.#refuse('token', new VoxbridgeError('ERR_FORBIDDEN', message))
    }
    if (pass) this.#take(this.#requests, [`token ${pass.token.id}`], 1, 'requests')
    return this.#grant(addressKeys, pass)
  }

  /**
   * Makes a token for a browser that may at most what the one in the request may, and ends with it.
   * @param may what it shall be able to; all that the other can where it is left out.
   * @throws VoxbridgeError ERR_UNAUTHORIZED, ERR_FORBIDDEN, and ERR_NOT_FOUND where nobody needs a token.
   */
  issueBrowserToken(
    head: RequestHead,
    { may, lifetimeMs }: { readonly may: readonly Right[] | undefined; readonly lifetimeMs: number },
  ): { readonly token: string; readonly may: readonly Right[]; readonly expiresAt: number } {
    if (!this.#options.config.auth) {
      throw new VoxbridgeError('ERR_NOT_FOUND', 'This server asks for no tokens, so it makes none.')
    }
    const pass = this.#findPass(head)
    if (this.#browserTokens.read(findSecret(head) ?? '')) {
      const message = 'A browser token cannot make another one: use the API token.'
      throw this.#refuse('token', new VoxbridgeError('ERR_FORBIDDEN', message))
    }
    const beyond = may?.find((right) => !pass.may.includes(right))
    if (beyond !== undefined) {
      const message = `This token cannot give away ${beyond}: it may ${pass.may.join(', ') || 'nothing'}.`
      throw this.#refuse('token', new VoxbridgeError('ERR_FORBIDDEN', message))
    }
    const expiresAt = Math.min(Date.now() + lifetimeMs, pass.expiresAt)
    const rights = may ?? pass.may
    return { token: this.#browserTokens.issue(pass.token, rights, expiresAt), may: rights, expiresAt }
  }

  #findPass(head: RequestHead): Pass {
    const secret = findSecret(head)
    if (secret === undefined) {
      throw this.#unauthorized(
        'This server asks for a token: in the header Authorization (Bearer), in the query (token) or as a subprotocol.',
      )
    }
    const claims = this.#browserTokens.read(secret)
    const token = claims ? this.#options.tokens.withId(claims.parent) : this.#options.tokens.find(secret)
    if (!token) throw this.#unauthorized('This token is not known here, or was revoked.')
    const { may, expiresAt } = claims ?? token
    if (expiresAt <= Date.now()) throw this.#unauthorized('This token has expired.')
    return { token, may, expiresAt }
  }

  #grant(addressKeys: readonly string[], pass: Pass | undefined): Grant {
    const tokenKeys = pass ? [`token ${pass.token.id}`] : []
    const { tokens, config } = this.#options
    const isValid = (): boolean => {
      if (!pass) return true
      const token = tokens.withId(pass.token.id)
      // A browser token lets in for a while; whoever is in may stay as long as the token behind it holds.
      return token !== undefined && token.expiresAt > Date.now()
    }
    const hear = (ms: number): void =>
      this.#take(this.#speechS, [...addressKeys, ...tokenKeys], ms / 1000, 'speech')
    const openChannel = (): ChannelPass => {
      this.#takePlaces(addressKeys, tokenKeys)
      const messages = new RateLimit({ max: config.limits.framesPerSecond, perMs: 1000 })
      let inside = true
      return {
        get isValid() {
          return isValid()
        },
        hear,
        message: () => this.#take(messages, [''], 1, 'messages'),
        leave: () => {
          if (inside) this.#leavePlaces(addressKeys, tokenKeys)
          inside = false
        },
      }
    }
    return {
      name: pass?.token.name,
      get isValid() {
        return isValid()
      },
      hear,
      openChannel,
    }
  }

  #takePlaces([address]: readonly string[], [token]: readonly string[]): void {
    const { channelsPerAddress, channelsPerToken } = this.#options.config.limits
    if (address !== undefined && !this.#channelsOfAddress.take(address)) {
      throw this.#tooMany(`This address has ${channelsPerAddress} conversations already: close one first.`)
    }
    if (token === undefined || this.#channelsOfToken.take(token)) return
    if (address !== undefined) this.#channelsOfAddress.leave(address)
    throw this.#tooMany(`This token has ${channelsPerToken} conversations already: close one first.`)
  }

  #leavePlaces([address]: readonly string[], [token]: readonly string[]): void {
    if (address !== undefined) this.#channelsOfAddress.leave(address)
    if (token !== undefined) this.#channelsOfToken.leave(token)
  }

  #take(limit: RateLimit, keys: readonly string[], amount: number, what: keyof typeof allowances): void {
    for (const key of keys) {
      const waitMs = limit.take(key, amount)
      if (waitMs === 0) continue
      const allowance = allowances[what](this.#options.config.limits)
      throw this.#tooMany(`That was too much: at most ${allowance}.`, waitMs / 1000)
    }
  }

  #tooMany(message: string, retryAfterS?: number): VoxbridgeError {
    const options = retryAfterS === undefined ? {} : { retryAfterS }
    return this.#refuse('limit', new VoxbridgeError('ERR_TOO_MANY', message, options))
  }

  #unauthorized(message: string): VoxbridgeError {
    return this.#refuse('token', new VoxbridgeError('ERR_UNAUTHORIZED', message))
  }

  #refuse(cause: GateRefusal, error: VoxbridgeError): VoxbridgeError {
    this.#options.onRefused(cause)
    return error
  }
}

type Limits = DoorConfig['limits']

const allowances = {
  requests: (limits: Limits) => `${limits.requestsPerMinute} requests a minute`,
  speech: (limits: Limits) => `${limits.speechMinutesPerHour} minutes of speech an hour`,
  messages: (limits: Limits) => `${limits.framesPerSecond} messages a second`,
}
