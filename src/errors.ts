/**
 * Every error that a user, a client or an operator can meet, by its code. A message says what is wrong and what
 * would be right; it never carries a stack trace or a path that is not the user's own.
 */

interface ErrorKind {
  /** HTTP status where the error answers a request or an upgrade. */
  readonly status: number
  /** Whether the same thing may work if it is tried again. */
  readonly retryable: boolean
}

const kinds = {
  // Configuration and models
  ERR_CONFIG: { status: 500, retryable: false },
  ERR_DEVICE: { status: 500, retryable: false },
  ERR_MODEL_UNKNOWN: { status: 404, retryable: false },
  ERR_MODEL_MISSING: { status: 503, retryable: false },
  ERR_MODEL_HASH: { status: 503, retryable: false },
  ERR_MODEL_FORMAT: { status: 422, retryable: false },
  ERR_MODEL_FETCH: { status: 503, retryable: true },
  ERR_DISK: { status: 507, retryable: false },
  ERR_LOCK_FILE: { status: 500, retryable: false },
  // Who may come in
  ERR_TOKEN_FILE: { status: 500, retryable: false },
  // Reports to others
  ERR_MLFLOW: { status: 502, retryable: true },
  ERR_OTLP: { status: 502, retryable: true },
  ERR_OTLP_REFUSED: { status: 502, retryable: false },
  // Engines
  ERR_ENGINE: { status: 500, retryable: true },
  ERR_ENGINE_GONE: { status: 503, retryable: true },
  ERR_QUEUE_FULL: { status: 503, retryable: true },
  ERR_ABORTED: { status: 499, retryable: true },
  // Requests
  ERR_BAD_REQUEST: { status: 400, retryable: false },
  ERR_UNAUTHORIZED: { status: 401, retryable: false },
  ERR_FORBIDDEN: { status: 403, retryable: false },
  ERR_ORIGIN: { status: 403, retryable: false },
  ERR_NOT_FOUND: { status: 404, retryable: false },
  ERR_METHOD: { status: 405, retryable: false },
  ERR_BODY_TOO_LARGE: { status: 413, retryable: false },
  ERR_AUDIO_FORMAT: { status: 415, retryable: false },
  ERR_LANGUAGE_PAIR: { status: 400, retryable: false },
  ERR_LANGUAGE: { status: 400, retryable: false },
  ERR_VOICE: { status: 400, retryable: false },
  ERR_CHANNEL_TAKEN: { status: 409, retryable: true },
  ERR_SESSION_GONE: { status: 404, retryable: false },
  ERR_NOT_READY: { status: 503, retryable: true },
  ERR_OVERLOADED: { status: 503, retryable: true },
  ERR_TOO_MANY: { status: 429, retryable: true },
  // WebSocket messages
  ERR_MESSAGE: { status: 400, retryable: false },
  ERR_FRAME_TOO_LARGE: { status: 413, retryable: false },
  ERR_IDLE: { status: 408, retryable: true },
  ERR_INTERNAL: { status: 500, retryable: true },
} as const satisfies Record<string, ErrorKind>

export type ErrorCode = keyof typeof kinds

export interface VoxbridgeErrorOptions extends ErrorOptions {
  /** After how many seconds it may work, where that is known. */
  readonly retryAfterS?: number
}

export class VoxbridgeError extends Error {
  override readonly name = 'VoxbridgeError'
  readonly code: ErrorCode
  readonly retryAfterS: number | undefined

  constructor(code: ErrorCode, message: string, options?: VoxbridgeErrorOptions) {
    super(message, options)
    this.code = code
    this.retryAfterS = options?.retryAfterS
  }

  get status(): number {
    return kinds[this.code].status
  }

  get retryable(): boolean {
    return kinds[this.code].retryable
  }
}

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(kinds, value)
}

/** Gives any thrown value a code; what carries none of ours is wrapped with `code`. */
export function toVoxbridgeError(error: unknown, code: ErrorCode = 'ERR_INTERNAL'): VoxbridgeError {
  if (error instanceof VoxbridgeError) return error
  if (error instanceof Error && error.name === 'AbortError') {
    return new VoxbridgeError('ERR_ABORTED', error.message, { cause: error })
  }
  return new VoxbridgeError(code, error instanceof Error ? error.message : String(error), { cause: error })
}
