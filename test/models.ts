import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * The folder of an installed model. `npm test` fetches the default models before the tests start.
 * @throws Error that says which command installs it.
 */
export function modelDir(name: string): string {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
  const dir = join(process.env['MODELS_DIR'] ?? join(cache, 'voxbridge'), name)
  if (!existsSync(dir)) throw new Error(`${name} is not installed: run "npm run models fetch ${name}"`)
  return dir
}
