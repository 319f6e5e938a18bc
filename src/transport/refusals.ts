import { VoxbridgeError, type ErrorCode } from '../errors.ts'
import type { Metrics } from '../telemetry/metrics.ts'

/** Why nobody was let in, in the words of the metrics; what is not here is counted where it is found out. */
const causes: Partial<Record<ErrorCode, string>> = {
  ERR_BAD_REQUEST: 'bad-request',
  ERR_LANGUAGE_PAIR: 'languages',
  ERR_LANGUAGE: 'languages',
  ERR_VOICE: 'voice',
  ERR_CHANNEL_TAKEN: 'channel-taken',
  ERR_NOT_READY: 'not-ready',
}

/** @param error the answer to a request to connect */
export function countRefusal(error: unknown, metrics: Pick<Metrics, 'countRefused'>): void {
  const cause = error instanceof VoxbridgeError ? causes[error.code] : undefined
  if (cause !== undefined) metrics.countRefused(cause)
}
