import { setTimeout as delay } from 'node:timers/promises'

/** @returns whether the work ended in time; it goes on where it did not. */
export async function within(work: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  const patience = new AbortController()
  const timeout = delay(timeoutMs, false, { signal: patience.signal }).catch(() => false)
  try {
    return await Promise.race([work.then(() => true), timeout])
  } finally {
    patience.abort()
  }
}
