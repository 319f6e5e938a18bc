/** The server that a bench measures: one of its own on a free port, or one that runs already. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { waitForServer } from '../src/cli/find-server.ts'
import { UsageError } from '../src/cli/translate-options.ts'
import { VoxbridgeError } from '../src/errors.ts'

/** For `parseArgs`. */
export const serverOptions = {
  server: { type: 'string', default: 'dist/server.js' },
  url: { type: 'string' },
} as const

/** For the usage text. */
export const serverUsage = `
  --server FILE     start this server on a free port, with the settings of the environment (dist/server.js)
  --url URL         measure the server that runs there instead`

export interface ServerOptions {
  readonly signal: AbortSignal
  /** Variables of the environment for a server of our own, e.g. `{ WHISPER_MODEL: 'tiny' }`. */
  readonly settings?: Readonly<Record<string, string>>
}

export interface MeasuredServer {
  readonly url: URL
  /** Ends the server if it is ours. */
  close(): Promise<void>
}

/** @throws VoxbridgeError where there is no server, or ours ends before it is ready; UsageError for a wrong URL. */
export async function openServer(
  { server, url }: { readonly server: string; readonly url?: string | undefined },
  { signal, settings = {} }: ServerOptions,
): Promise<MeasuredServer> {
  if (url === undefined) return startServer(server, settings)
  if (!URL.canParse(url)) throw new UsageError(`--url ${url} is no address such as http://127.0.0.1:8000/`)
  const found = await waitForServer(new URL(url), { onProgress: console.error, signal })
  return found
}

async function startServer(
  entry: string,
  settings: Readonly<Record<string, string>>,
): Promise<MeasuredServer> {
  const child = spawn(process.execPath, [entry], {
    env: {
      ...process.env,
      ...settings,
      ...{ PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'info', DRAIN_TIMEOUT_S: '0', MLFLOW_LIVE: 'false' },
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface({ input: child.stdout })) {
    const port = /Open http:\/\/[^:]+:(\d+)/.exec(line)?.[1]
    if (port === undefined) continue
    child.stdout.resume()
    return { url: new URL(`http://127.0.0.1:${port}/`), close }
  }
  throw new VoxbridgeError('ERR_NOT_READY', `${entry} ended before it was ready; it may have to be built`)

  async function close(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGTERM')
    await gone
  }
}
