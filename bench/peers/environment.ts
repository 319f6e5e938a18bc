/** The Python environment of the peers: made by the bench, in a folder of its own, where it is not there yet. */
import { spawn } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { VoxbridgeError } from '../../src/errors.ts'

export interface EnvironmentOptions {
  readonly dir: string
  /** A file for `pip install -r`; when it changes, the environment is made anew. */
  readonly requirements: string
  /** Interpreter that makes the environment. */
  readonly python?: string
  readonly signal: AbortSignal
}

/**
 * @returns its interpreter
 * @throws VoxbridgeError ERR_NOT_READY with one line that says what is missing
 */
export async function prepareEnvironment(options: EnvironmentOptions): Promise<string> {
  const { dir, requirements, python = 'python3', signal } = options
  const interpreter = join(dir, 'bin', 'python')
  // Is written last, so that an installation that was cut off is made anew.
  const record = join(dir, 'installed.txt')
  const wanted = await readFile(requirements, 'utf8')
  if ((await readFile(record, 'utf8').catch(() => undefined)) === wanted) return interpreter
  console.error(`Installing the peers into ${dir}; this takes a minute or two, once.`)
  await rm(dir, { recursive: true, force: true })
  await run(python, ['-m', 'venv', dir], { signal, fault: explainPython })
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements]
  await run(interpreter, install, { signal, fault: explainPip })
  await writeFile(record, wanted)
  return interpreter
}

interface RunOptions {
  readonly signal: AbortSignal
  /** What to tell the user, from what the program said. */
  readonly fault: (output: string) => string
}

/** Runs a program to its end, with nothing on its standard input. */
async function run(command: string, args: readonly string[], { signal, fault }: RunOptions): Promise<void> {
  const child = spawn(command, args, { signal, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const collect = (chunk: Buffer): void => void (output = (output + chunk.toString()).slice(-20_000))
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('close', resolve)
    child.once('error', (error) => reject(signal.aborted ? error : missing(fault(error.message), error)))
  })
  if (exitCode !== 0) throw missing(fault(output))
}

function explainPython(output: string): string {
  return `The peers need Python 3.11 or later with its venv module, as python3 on the PATH (on Debian: apt-get install python3-venv): ${lastLine(output)}`
}

function explainPip(output: string): string {
  const reason = /^ERROR: .*/m.exec(output)?.[0] ?? lastLine(output)
  return `The peers could not be installed; the next run tries it again. pip says: ${reason}`
}

function lastLine(output: string): string {
  return output.trim().split('\n').at(-1) ?? ''
}

function missing(message: string, cause?: unknown): VoxbridgeError {
  return new VoxbridgeError('ERR_NOT_READY', message, { cause })
}
