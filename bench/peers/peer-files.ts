/** Where the Python programs of the peers lie, and what else stays beside them. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Of this folder, from the source as from the compiled file, which lies one level deeper. */
const folder = [new URL('./', import.meta.url), new URL('../../../bench/peers/', import.meta.url)].find(
  (url) => existsSync(new URL('requirements.txt', url)),
)

/** @param name of a file in this folder, or a `file:` URL */
export function peerFile(name: string): string {
  return fileURLToPath(new URL(name, folder))
}
