/**
 * The file of API tokens. It holds no token, only the SHA-256 of each: a token is 256 random bits, so there is nothing
 * to guess, and a slow hash made for passwords would add nothing.
 */
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { VoxbridgeError } from '../../errors.ts'
import { Fields } from '../../models/fields.ts'
import { isMissing } from '../../models/file-errors.ts'
import { withFolderLock } from '../../models/folder-lock.ts'
import { isRight, type Right, rights } from './rights.ts'

export interface StoredToken {
  /** Whose it is, for its operator. */
  readonly name: string
  /** In lower-case hex. */
  readonly sha256: string
  readonly may: readonly Right[]
  /** ISO 8601, in UTC. */
  readonly createdAt: string
  /** ISO 8601, in UTC; left out where it holds until it is revoked. */
  readonly expiresAt?: string
  /** Conversations at a time; left out where MAX_CHANNELS_PER_TOKEN says it. */
  readonly maxChannels?: number
}

export const tokenNamePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/
export const tokenNameRule = '1 to 64 of A-Z a-z 0-9 . _ -'

const tokenBytes = 32
/** Tells people and programs that search for leaked secrets what it is. */
const tokenPrefix = 'vbx_'
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/

export function createToken(): string {
  return tokenPrefix + randomBytes(tokenBytes).toString('base64url')
}

export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

/**
 * @returns the tokens; none where there is no such file.
 * @throws VoxbridgeError ERR_TOKEN_FILE that names the field.
 */
export async function readTokens(path: string): Promise<StoredToken[]> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (isMissing(error)) return []
    throw fileError(`${path} cannot be read`, error)
  }
  return parseTokens(text, path)
}

/**
 * Changes the file in one step, while nobody else does; only its owner can read it.
 * @throws VoxbridgeError ERR_TOKEN_FILE, and what `change` throws.
 */
export async function changeTokens(
  path: string,
  change: (tokens: readonly StoredToken[]) => readonly StoredToken[],
  { signal }: { readonly signal: AbortSignal },
): Promise<void> {
  const folder = dirname(path)
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await withFolderLock(folder, { signal, onWait: () => undefined }, async () => {
      const tokens = change(await readTokens(path))
      const text = `${JSON.stringify({ version: 1, tokens }, null, 2)}\n`
      const draft = `${path}.new`
      // What is left there, by a crash or by somebody who wants us to write elsewhere, is not written to.
      await rm(draft, { force: true })
      await writeFile(draft, text, { mode: 0o600, flag: 'wx' })
      await rename(draft, path)
    })
  } catch (error) {
    if (error instanceof VoxbridgeError) throw error
    throw fileError(`${path} cannot be written`, error)
  }
}

function parseTokens(text: string, path: string): StoredToken[] {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw fileError(`${path} is not JSON`, error)
  }
  const fields = new Fields(json, path, 'ERR_TOKEN_FILE')
  fields.choice('version', [1] as const)
  return fields.list('tokens', (token) => ({
    name: token.pattern('name', tokenNamePattern, tokenNameRule),
    sha256: token.pattern('sha256', /^[0-9a-f]{64}$/, 'a SHA-256 in lower-case hex'),
    may: token.texts('may').map((right) => {
      if (isRight(right)) return right
      throw fileError(`${path}: a token may ${right}, which is not one of ${rights.join(', ')}`)
    }),
    createdAt: token.pattern('createdAt', isoTime, 'a time such as 2030-01-31T12:00:00Z'),
    ...(token.has('expiresAt') && {
      expiresAt: token.pattern('expiresAt', isoTime, 'a time such as 2030-01-31T12:00:00Z'),
    }),
    ...(token.has('maxChannels') && { maxChannels: token.count('maxChannels') }),
  }))
}

function fileError(message: string, cause?: unknown): VoxbridgeError {
  const reason = cause instanceof Error ? `: ${cause.message}` : ''
  const remedy = 'TOKENS_FILE says where the tokens are; npm run token makes them.'
  return new VoxbridgeError('ERR_TOKEN_FILE', `${message}${reason}. ${remedy}`, { cause })
}
