/** The one who is asked by everything that lets somebody in: whose page, which token, how much already. */
import type { BlockList } from 'node:net'
import type { DoorConfig } from '../../config-doors.ts'
import { VoxbridgeError } from '../../errors.ts'
import type { RequestHead } from '../http.ts'
import type { ApiToken, ApiTokens } from './api-tokens.ts'
import { BrowserTokens } from './browser-tokens.ts'
import { clientAddress, isIn, isLoopback, isSecure, limitKey } from './client-address.ts'
import { findSecret } from './credentials.ts'
import { type ChannelPlace, type Client, Limits } from './limits.ts'
import { judgeOrigin, type OriginVerdict } from './origin.ts'
import type { Right } from './rights.ts'
import type { Upload } from './upload-budget.ts'

/** `public`: for everybody; `token`: for whoever has a token; else for whose token says so. */
export type Access = 'public' | 'token' | Right

export type GateRefusal = 'origin' | 'token' | 'limit'

export interface GateOptions {
  readonly config: DoorConfig
  readonly tokens: Pick<ApiTokens, 'find' | 'withId'>
  readonly onRefused: (cause: GateRefusal) => void
  /** Told, once, of a proxy that brings others to a server that takes everybody for this machine itself. */
  readonly onUnknownProxy: () => void
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
  /** Makes room for the body of a request. */
  openUpload(): Upload
}

export interface ChannelPass extends Pick<Grant, 'isValid' | 'hear'>, ChannelPlace {}

/** A token that was shown and holds. */
interface Pass {
  readonly token: ApiToken
  readonly may: readonly Right[]
  /** In `Date.now()`. */
  readonly expiresAt: number
}

export class Gate {
  readonly #options: GateOptions
  readonly #trusted: BlockList
  readonly #browserTokens = new BrowserTokens()
  readonly #limits: Limits
  #hasMetProxy = false

  constructor(options: GateOptions) {
    const { limits, trustedProxies } = options.config
    this.#options = options
    this.#trusted = trustedProxies
    this.#limits = new Limits(limits, () => options.onRefused('limit'))
  }

  /** Whether one more connection of this address may be opened. */
  admits(peer: string): boolean {
    return isIn(this.#trusted, peer) || this.#limits.connect(clientAt(peer))
  }

  /** Whose page it is that asks. */
  originOf(head: RequestHead): OriginVerdict {
    const { allowedOrigins, localOnly, tls } = this.#options.config
    const secure = isSecure(head, { tls: tls !== undefined, trusted: this.#trusted })
    return judgeOrigin(head.headers, secure, { allowed: allowedOrigins, localOnly })
  }

  /** @throws VoxbridgeError ERR_TOO_MANY, ERR_ORIGIN, ERR_UNAUTHORIZED, ERR_FORBIDDEN */
  enter(head: RequestHead, access: Access): Grant {
    this.#watchForProxy(head)
    const client = clientAt(clientAddress(head, this.#trusted))
    this.#limits.publicRequest(client)
    if (access === 'public') return this.#grant(client, undefined)
    if (this.originOf(head) === 'foreign') {
      throw this.#refuse('origin', new VoxbridgeError('ERR_ORIGIN', whyForeign(head)))
    }
    this.#limits.request(client)
    const pass = this.#options.config.auth ? this.#findPass(head) : undefined
    if (pass && access !== 'token' && !pass.may.includes(access)) {
      const message = `This token may ${pass.may.join(', ') || 'nothing'}, but not ${access}.`
      throw this.#refuse('token', new VoxbridgeError('ERR_FORBIDDEN', message))
    }
    if (pass) this.#limits.request({ token: pass.token })
    return this.#grant(client, pass)
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

  #grant({ address }: Client, pass: Pass | undefined): Grant {
    const client: Client = { address, token: pass?.token }
    const { tokens } = this.#options
    const isValid = (): boolean => {
      if (!pass) return true
      const token = tokens.withId(pass.token.id)
      // A browser token lets in for a while; whoever is in may stay as long as the token behind it holds.
      return token !== undefined && token.expiresAt > Date.now()
    }
    const hear = (ms: number): void => this.#limits.hear(client, ms)
    return {
      name: pass?.token.name,
      get isValid() {
        return isValid()
      },
      hear,
      openChannel: () => {
        const place = this.#limits.openChannel(client)
        return {
          get isValid() {
            return isValid()
          },
          hear,
          message: () => place.message(),
          leave: () => place.leave(),
        }
      },
      openUpload: () => this.#limits.openUpload(client),
    }
  }

  #watchForProxy({ headers }: RequestHead): void {
    if (this.#hasMetProxy || !this.#options.config.localOnly || !headers.has('x-forwarded-for')) return
    this.#hasMetProxy = true
    this.#options.onUnknownProxy()
  }

  #unauthorized(message: string): VoxbridgeError {
    return this.#refuse('token', new VoxbridgeError('ERR_UNAUTHORIZED', message))
  }

  #refuse(cause: GateRefusal, error: VoxbridgeError): VoxbridgeError {
    this.#options.onRefused(cause)
    return error
  }
}

function whyForeign({ headers }: RequestHead): string {
  const origin = headers.get('origin')
  if (origin === undefined) {
    return `This server is for its own machine alone, and not by the name ${JSON.stringify(headers.get('host') ?? '')}: HOST or TRUST_PROXY lets others in.`
  }
  return `Pages of ${JSON.stringify(origin)} may not use this server: ALLOWED_ORIGINS names those that may.`
}

function clientAt(address: string): Client {
  return isLoopback(address) ? {} : { address: limitKey(address) }
}
