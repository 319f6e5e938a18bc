import { setTimeout as delay } from 'node:timers/promises'
import type { VoxbridgeError } from '../../errors.ts'
import type { Patience } from './access.ts'

/** A failure that may pass by itself. */
export class TransientFault extends Error {
  /** What the user sees if it does not pass. */
  readonly outcome: VoxbridgeError
  /** How long the server asks to wait. */
  readonly retryAfterMs: number | undefined

  constructor(outcome: VoxbridgeError, retryAfterMs?: number) {
    super(outcome.message, { cause: outcome })
    this.outcome = outcome
    this.retryAfterMs = retryAfterMs
  }
}

export interface RetryOptions {
  readonly signal: AbortSignal
  readonly patience: Patience
  /** Grows as long as something arrives; whoever makes progress is tried on. */
  readonly progress?: () => number
}

/**
 * Repeats what fails for the moment, with longer and longer waits.
 * @throws what `action` throws, and the outcome of its last transient fault
 */
export async function withRetries<T>(
  action: () => Promise<T>,
  { signal, patience, progress = () => 0 }: RetryOptions,
): Promise<T> {
  for (let failures = 0; ;) {
    const before = progress()
    try {
      return await action()
    } catch (error) {
      if (!(error instanceof TransientFault)) throw error
      failures = progress() > before ? 1 : failures + 1
      const waitMs = error.retryAfterMs ?? patience.firstWaitMs * 2 ** (failures - 1)
      if (failures >= patience.attempts || waitMs > patience.longestWaitMs) throw error.outcome
      await delay(waitMs, undefined, { signal })
    }
  }
}

/** The wait that a `Retry-After` header asks for: seconds or a date. */
export function parseRetryAfter(header: string | null): number | undefined {
  if (header === null) return undefined
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000
  const at = Date.parse(header)
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now())
}
