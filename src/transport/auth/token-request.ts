/** The body of `POST /tokens`. */
import { badRequest, parseJson } from '../json-body.ts'
import { isRight, type Right, rights } from './rights.ts'

const defaultLifetimeS = 300
const maxLifetimeS = 3600

export interface TokenRequest {
  /** Undefined: all that the API token may. */
  readonly may: readonly Right[] | undefined
  readonly lifetimeMs: number
}

/** @throws VoxbridgeError ERR_BAD_REQUEST */
export function parseTokenRequest(body: Uint8Array): TokenRequest {
  const fields = body.byteLength === 0 ? {} : parseJson(body)
  const lifetimeS = Object.hasOwn(fields, 'expiresInS') ? fields['expiresInS'] : defaultLifetimeS
  if (typeof lifetimeS !== 'number' || !(lifetimeS >= 1 && lifetimeS <= maxLifetimeS)) {
    throw badRequest(`"expiresInS" must be a number of seconds from 1 to ${maxLifetimeS}.`)
  }
  const may = Object.hasOwn(fields, 'may') ? fields['may'] : undefined
  if (may !== undefined && !(Array.isArray(may) && may.every(isRight))) {
    throw badRequest(`"may" must be a list of ${rights.join(', ')}.`)
  }
  return { may, lifetimeMs: lifetimeS * 1000 }
}
