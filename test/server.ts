/** The whole program as a child process, as `npm start` runs it. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import type { Test } from 'tap'

const root = new URL('..', import.meta.url)
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')

/** Compiles the sources to `dist`, which does nothing where they have not changed. */
export async function build(): Promise<void> {
  await promisify(execFile)(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: root,
    env: plainEnv(),
  })
}

/** Without what the test runner adds for its own children. */
export function plainEnv(): NodeJS.ProcessEnv {
  const env = { ...process.env }
  delete env['NODE_OPTIONS']
  return env
}

/**
 * Starts the server on a free port and waits until it is ready; it ends with the test.
 * @param variables added to the environment, or taken out of it by `undefined`.
 */
export async function startServer(
  t: Test,
  variables: NodeJS.ProcessEnv = {},
): Promise<{ url: URL; child: ChildProcess; stop: () => Promise<void> }> {
  await build()
  const child = spawn(process.execPath, ['dist/server.js'], {
    cwd: root,
    env: { ...plainEnv(), PORT: '0', LOG_LEVEL: 'info', DRAIN_TIMEOUT_S: '0', ...variables },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGTERM')
    await gone
  }
  t.teardown(stop)
  const lines = createInterface({ input: child.stdout })
  for await (const line of lines) {
    const port = /Open http:\/\/[^:]+:(\d+)/.exec(line)?.[1]
    if (port !== undefined) {
      child.stdout.resume()
      return { url: new URL(`http://127.0.0.1:${port}/`), child, stop }
    }
  }
  throw new Error('the server ended before it was ready')
}
