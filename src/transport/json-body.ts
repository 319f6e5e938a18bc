/** The JSON object in the body of a request. Only fields of its own count, whatever they are called. */
import { VoxbridgeError } from '../errors.ts'

export type JsonObject = Readonly<Record<string, unknown>>

/** @throws VoxbridgeError ERR_BAD_REQUEST */
export function parseJson(body: Uint8Array): JsonObject {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'))
  } catch {
    throw badRequest('The body must be JSON.')
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject
  throw badRequest('The body must be a JSON object.')
}

export interface TextRule {
  readonly allowed: string
  accepts(this: void, text: string): boolean
}

/** @throws VoxbridgeError ERR_BAD_REQUEST that says what the field must be. */
export function stringField(object: JsonObject, name: string, { allowed, accepts }: TextRule): string {
  const value = Object.hasOwn(object, name) ? object[name] : undefined
  if (typeof value === 'string' && accepts(value)) return value
  throw badRequest(`"${name}" must be ${allowed}.`)
}

export function badRequest(message: string): VoxbridgeError {
  return new VoxbridgeError('ERR_BAD_REQUEST', message)
}
