/** Finds a running server, or starts one of our own and ends it again. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { VoxbridgeError } from '../errors.ts'
import { refusal } from './stream-client.ts'

export interface FoundServer {
  readonly url: URL
  /** Ends the server if it is ours. */
  close(): Promise<void>
}

export interface FindOptions {
  /** Told what is being waited for, in words, whenever it changes. */
  readonly onProgress: (text: string) => void
  readonly signal: AbortSignal
}

type Readiness =
  | { readonly state: 'ready' }
  | { readonly state: 'loading'; readonly progress: string }
  | { readonly state: 'absent' }

const pollMs = 250

/**
 * The server at `url` once it is ready; where nothing listens, one of our own is started there (it reads the same
 * configuration, so it will listen at `url`).
 * @throws VoxbridgeError where something else answers at `url`, or the server ends before it is ready.
 */
export async function findOrStartServer(url: URL, options: FindOptions): Promise<FoundServer> {
  if ((await readiness(url)).state !== 'absent') {
    await waitUntilReady(url, options)
    return { url, close: async () => undefined }
  }
  options.onProgress('starting a server')
  const entry = fileURLToPath(new URL('../server.js', import.meta.url))
  const child = spawn(process.execPath, [entry], { stdio: ['ignore', 'pipe', 'pipe'] })
  const lastLines = keepLastLines(child)
  const close = (): Promise<void> => end(child)
  try {
    await waitUntilReady(url, options, () => {
      if (child.exitCode === null && child.signalCode === null) return
      throw new VoxbridgeError('ERR_NOT_READY', `the server ended before it was ready:\n${lastLines()}`)
    })
    return { url, close }
  } catch (error) {
    await close()
    throw error
  }
}

/**
 * Waits for the server at `url`.
 * @throws VoxbridgeError where nothing listens there.
 */
export async function waitForServer(url: URL, options: FindOptions): Promise<FoundServer> {
  if ((await readiness(url)).state === 'absent') {
    throw new VoxbridgeError('ERR_NOT_READY', `no server listens at ${url.href}`)
  }
  await waitUntilReady(url, options)
  return { url, close: async () => undefined }
}

async function waitUntilReady(
  url: URL,
  { onProgress, signal }: FindOptions,
  check: () => void = () => undefined,
): Promise<void> {
  let last = ''
  for (;;) {
    check()
    const current = await readiness(url)
    if (current.state === 'ready') return
    if (current.state === 'loading' && current.progress !== last) onProgress((last = current.progress))
    await sleep(pollMs, undefined, { signal })
  }
}

async function readiness(url: URL): Promise<Readiness> {
  let response: Response
  try {
    response = await fetch(new URL('ready', url))
  } catch {
    return { state: 'absent' }
  }
  const body = await response.text()
  if (response.ok) return { state: 'ready' }
  const error = refusal(response.status, body)
  if (error.code !== 'ERR_NOT_READY') {
    throw new VoxbridgeError(
      'ERR_NOT_READY',
      `something that is not Voxbridge answers at ${url.href}; choose another port with PORT or a server with --url`,
    )
  }
  return { state: 'loading', progress: error.message }
}

function keepLastLines(child: ChildProcess): () => string {
  let text = ''
  const keep = (chunk: Buffer): void => {
    text = (text + chunk.toString('utf8')).slice(-2000)
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  return () => text.trim().split('\n').slice(-8).join('\n')
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  await gone
}
