/** What a client asks for that comes back after its connection fell. */
import { VoxbridgeError } from '../errors.ts'
import type { Position } from './replay-log.ts'

export interface ResumeRequest {
  readonly sessionId: string
  readonly position: Position
}

const names = ['sessionId', 'lastSeq', 'audioSamples'] as const

/**
 * Reads the query of `GET /ws?sessionId=ID&lastSeq=N&audioSamples=N`; all else that it says is ignored.
 * @returns undefined where there is no `sessionId`: the client wants a new session.
 * @throws VoxbridgeError ERR_BAD_REQUEST that says what would be right.
 */
export function parseResume(query: string): ResumeRequest | undefined {
  const parameters = new URLSearchParams(query)
  const sessionId = parameters.get('sessionId')
  if (sessionId === null) return undefined
  const twice = names.find((name) => parameters.getAll(name).length > 1)
  if (twice !== undefined) throw badRequest(`${twice} is given more than once`)
  const seq = parseCount(parameters, 'lastSeq')
  if (seq === undefined)
    throw badRequest('lastSeq is missing: it must be the seq of the last message received')
  return { sessionId, position: { seq, audioSamples: parseCount(parameters, 'audioSamples') } }
}

function parseCount(parameters: URLSearchParams, name: string): number | undefined {
  const value = parameters.get(name)
  if (value === null) return undefined
  if (/^\d{1,15}$/.test(value)) return Number(value)
  throw badRequest(`${name} must be a whole number from 0`)
}

function badRequest(message: string): VoxbridgeError {
  return new VoxbridgeError('ERR_BAD_REQUEST', message)
}
