import { readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { VoxbridgeError } from '../errors.ts'
import { isMissing } from './file-errors.ts'

const lockFile = '.lock'
const pollMs = 250
const heartbeatMs = 5000
/** A holder on another machine (or in another container) that shows no sign of life for so long is gone. */
const silentMs = 120_000

interface Holder {
  readonly pid: number
  readonly host: string
}

export interface FolderLockOptions {
  readonly signal: AbortSignal
  /** Called once if another process has the folder. */
  readonly onWait: (holder: string) => void
}

/**
 * Does something while no other process does the same to the folder. The lock is a file with the holder's process id;
 * one whose process is gone is taken over.
 */
export async function withFolderLock<T>(
  dir: string,
  { signal, onWait }: FolderLockOptions,
  action: () => Promise<T>,
): Promise<T> {
  const path = join(dir, lockFile)
  let waited = false
  while (!(await tryAcquire(path))) {
    if (await isAbandoned(path)) {
      await rm(path, { force: true })
      continue
    }
    if (!waited) onWait(await describeHolder(path))
    waited = true
    await delay(pollMs, undefined, { signal }).catch(() => undefined)
    if (signal.aborted)
      throw new VoxbridgeError('ERR_ABORTED', 'Cancelled while waiting for another process.')
  }
  const heartbeat = setInterval(
    () => void utimes(path, new Date(), new Date()).catch(() => undefined),
    heartbeatMs,
  )
  try {
    return await action()
  } finally {
    clearInterval(heartbeat)
    await rm(path, { force: true })
  }
}

async function tryAcquire(path: string): Promise<boolean> {
  const holder: Holder = { pid: process.pid, host: hostname() }
  try {
    await writeFile(path, JSON.stringify(holder), { flag: 'wx' })
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(path)
    const silent = Date.now() - mtimeMs > silentMs
    const holder = await readHolder(path)
    // A file without a holder was made this moment, or its process died while it wrote.
    if (!holder || holder.host !== hostname()) return silent
    // A container that is started again gives its processes the same ids.
    if (holder.pid === process.pid) return mtimeMs < performance.timeOrigin
    return !isAlive(holder.pid)
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder
  } catch {
    return undefined
  }
}

async function describeHolder(path: string): Promise<string> {
  const holder = await readHolder(path)
  return holder ? `process ${holder.pid} on ${holder.host}` : 'another process'
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it is there and belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
