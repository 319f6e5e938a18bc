/** Tells when a file has changed, was made or was removed, however its writer goes about it. */
import { type Stats, unwatchFile, watchFile } from 'node:fs'

/** Looking at it is a matter of microseconds, and works on network disks and on mounted secrets too. */
const intervalMs = 1000

/** @returns ends the watch. */
export function watchForChanges(path: string, onChange: () => void): () => void {
  const listener = (now: Stats, before: Stats): void => {
    if (now.mtimeMs !== before.mtimeMs || now.ino !== before.ino || now.size !== before.size) onChange()
  }
  watchFile(path, { persistent: false, interval: intervalMs }, listener)
  return () => unwatchFile(path, listener)
}
