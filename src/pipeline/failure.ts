import { toVoxbridgeError } from '../errors.ts'
import type { Failure } from './stage.ts'

/**
 * The item for an utterance that failed, so that the channel lives on.
 * @throws the signal's reason where the work did not fail but was aborted.
 */
export function toFailure(error: unknown, segment: number, signal: AbortSignal): Failure {
  signal.throwIfAborted()
  const { code, message, retryable } = toVoxbridgeError(error, 'ERR_ENGINE')
  return { type: 'error', code, message, retryable, segment }
}
