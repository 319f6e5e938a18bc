/** Where the network of DNSMOS comes from. */
import { join } from 'node:path'
import { readConfig } from '../src/config.ts'
import { toVoxbridgeError } from '../src/errors.ts'
import { ensureModels } from '../src/models/fetch.ts'
import { createProgressDisplay } from '../src/models/progress.ts'
import { Dnsmos } from './dnsmos.ts'

/**
 * @param path of `sig_bak_ovr.onnx`; undefined takes the model `dnsmos` of the lock file, and fetches it where it is
 *   not installed.
 * @returns undefined, with a line on standard error, where the model cannot be fetched.
 * @throws VoxbridgeError ERR_MODEL_FORMAT where `path` is not that network.
 */
export async function loadDnsmos(
  path: string | undefined,
  { signal }: { readonly signal: AbortSignal },
): Promise<Dnsmos | undefined> {
  if (path !== undefined) return Dnsmos.load(path)
  const { modelsDir, hub } = readConfig()
  const display = createProgressDisplay(process.stderr)
  try {
    await ensureModels(['dnsmos'], {
      modelsDir,
      lockPath: 'models.lock.json',
      hub,
      report: display.report,
      signal,
    })
  } catch (error) {
    if (signal.aborted) throw error
    console.error(`Without DNSMOS: ${toVoxbridgeError(error).message}`)
    return undefined
  } finally {
    display.stop()
  }
  return Dnsmos.load(join(modelsDir, 'dnsmos', 'sig_bak_ovr.onnx'))
}
