/** The certificate and its key, in files that something else renews. */
import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import type { TlsFiles } from '../config-doors.ts'
import { VoxbridgeError } from '../errors.ts'
import { watchForChanges } from './watch-file.ts'

/** @throws VoxbridgeError ERR_CONFIG that says which of the two is wrong, or that they do not belong together. */
export async function checkTlsFiles({ cert, key }: TlsFiles): Promise<void> {
  const [certPem, keyPem] = [await read('TLS_CERT', cert), await read('TLS_KEY', key)]
  try {
    createSecureContext({ cert: certPem, key: keyPem })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const message = `TLS_CERT and TLS_KEY must be a certificate and its private key, in PEM: ${reason}.`
    throw new VoxbridgeError('ERR_CONFIG', message, { cause: error })
  }
}

/**
 * Calls back once the files hold another pair that belongs together; while they are changed one after the other, they
 * do not. @returns ends the watch.
 */
export function watchTlsFiles(
  files: TlsFiles,
  handlers: { readonly onChange: () => void; readonly onProblem: (error: unknown) => void },
): () => void {
  const check = (): void => void checkTlsFiles(files).then(handlers.onChange, handlers.onProblem)
  const ends = [watchForChanges(files.cert, check), watchForChanges(files.key, check)]
  return () => {
    for (const end of ends) end()
  }
}

async function read(name: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new VoxbridgeError('ERR_CONFIG', `${name} cannot be read: ${reason}.`, { cause: error })
  }
}
