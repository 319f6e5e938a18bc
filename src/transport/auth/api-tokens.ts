/** The API tokens that hold now: those of the token file, read again whenever it changes. */
import { timingSafeEqual } from 'node:crypto'
import type { BaseLogger } from 'pino'
import { toVoxbridgeError } from '../../errors.ts'
import { watchForChanges } from '../watch-file.ts'
import type { Right } from './rights.ts'
import { hashToken, readTokens, type StoredToken } from './token-file.ts'

export interface ApiToken {
  /** Differs from that of every other token, of one with the same name before it, too. */
  readonly id: string
  readonly name: string
  readonly may: readonly Right[]
  /** In `Date.now()`; Infinity where it holds until it is revoked. */
  readonly expiresAt: number
  /** Conversations at a time; undefined: as many as any token. */
  readonly maxChannels: number | undefined
}

interface HashedToken extends ApiToken {
  readonly hash: Buffer
}

const idChars = 16

export class ApiTokens {
  #tokens: readonly HashedToken[] = []
  #close: () => void = () => undefined

  /** @throws VoxbridgeError ERR_TOKEN_FILE */
  static async open(path: string, log: Pick<BaseLogger, 'error' | 'info'>): Promise<ApiTokens> {
    const tokens = new ApiTokens()
    const read = async (): Promise<void> => {
      tokens.#tokens = (await readTokens(path)).map(withHash)
    }
    await read()
    tokens.#close = watchForChanges(path, () => {
      read().then(
        () => log.info({ tokens: tokens.size }, 'the tokens have changed'),
        // Whoever had a token before keeps it: a slip in the file must not lock everybody out.
        (error: unknown) => log.error(`${toVoxbridgeError(error).message} The tokens stay as they were.`),
      )
    })
    return tokens
  }

  get size(): number {
    return this.#tokens.length
  }

  /** Finds the token of this text, expired or not, in the same time whichever it is. */
  find(secret: string): ApiToken | undefined {
    const hash = hashToken(secret)
    return this.#tokens.filter((token) => timingSafeEqual(token.hash, hash))[0]
  }

  withId(id: string): ApiToken | undefined {
    return this.#tokens.find((token) => token.id === id)
  }

  close(): void {
    this.#close()
  }
}

function withHash({ name, sha256, may, expiresAt, maxChannels }: StoredToken): HashedToken {
  return {
    id: sha256.slice(0, idChars),
    name,
    may,
    expiresAt: expiresAt === undefined ? Infinity : Date.parse(expiresAt),
    maxChannels,
    hash: Buffer.from(sha256, 'hex'),
  }
}
