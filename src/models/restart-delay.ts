/** So many failures in a row are taken for bad luck: requests wait. After more, they are refused. */
const luckLimit = 3
const firstDelayMs = 100
const longestDelayMs = 30_000

/** Whether an engine that stopped so many times since its last answer may be waited for. */
export function isBadLuck(failures: number): boolean {
  return failures <= luckLimit
}

/** Time from one failure to the next start: twice as long every time, up to half a minute. */
export function restartDelayMs(failures: number): number {
  return Math.min(longestDelayMs, firstDelayMs * 2 ** (failures - 1))
}
