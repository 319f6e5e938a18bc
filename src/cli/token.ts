/** `npm run token`: makes, revokes and lists API tokens. */
import { parseArgs } from 'node:util'
import { readConfig } from '../config.ts'
import { toVoxbridgeError, VoxbridgeError } from '../errors.ts'
import { defaultRights, isRight, type Right, rights, rightsInWords } from '../transport/auth/rights.ts'
import {
  changeTokens,
  createToken,
  hashToken,
  readTokens,
  type StoredToken,
  tokenNamePattern,
  tokenNameRule,
} from '../transport/auth/token-file.ts'

const usage = `Usage: npm run token -- COMMAND

  create NAME [--days N] [--may RIGHTS] [--channels N]   makes a token and prints it, this once
  revoke NAME                                            whoever has it is out, within seconds
  list                                                   whose tokens there are

  --days N       after so many days it holds no longer (default: until it is revoked)
  --channels N   so many conversations at a time (default: MAX_CHANNELS_PER_TOKEN)
  --may RIGHTS   what it is good for, separated by commas (default: ${defaultRights.join(',')})
${rights.map((right) => `                   ${right.padEnd(8)} ${rightsInWords[right]}`).join('\n')}

The tokens are kept, as hashes, in TOKENS_FILE. A running server notices changes by itself.`

/** Wrong usage: answered with exit code 2. */
class UsageError extends Error {}

interface Command {
  readonly word: string
  readonly name: string | undefined
  readonly days: string | undefined
  readonly may: string | undefined
  readonly channels: string | undefined
}

const dayMs = 24 * 60 * 60 * 1000
const maxDays = 3650
const maxChannels = 10_000

async function run({ word, name, days, may, channels }: Command, path: string): Promise<void> {
  if (word !== 'create' && (days ?? may ?? channels) !== undefined)
    throw new UsageError('--days, --may and --channels go with create.')
  if (word === 'list') {
    if (name !== undefined) throw new UsageError('"list" takes no name.')
    print(formatTokens(await readTokens(path), Date.now()))
  } else if (word === 'create') {
    await create(path, {
      name: parseName(name),
      lifetimeMs: days === undefined ? undefined : parseCount('--days', days, maxDays) * dayMs,
      may: parseRights(may),
      maxChannels: channels === undefined ? undefined : parseCount('--channels', channels, maxChannels),
    })
  } else if (word === 'revoke') await revoke(path, parseName(name))
  else throw new UsageError(word === '' ? 'Which command?' : `There is no command "${word}".`)
}

async function create(
  path: string,
  options: {
    readonly name: string
    readonly lifetimeMs: number | undefined
    readonly may: readonly Right[]
    readonly maxChannels: number | undefined
  },
): Promise<void> {
  const { name, lifetimeMs, may, maxChannels } = options
  const token = createToken()
  const now = Date.now()
  const stored: StoredToken = {
    name,
    sha256: hashToken(token).toString('hex'),
    may,
    createdAt: new Date(now).toISOString(),
    ...(lifetimeMs !== undefined && { expiresAt: new Date(now + lifetimeMs).toISOString() }),
    ...(maxChannels !== undefined && { maxChannels }),
  }
  const add = (tokens: readonly StoredToken[]): StoredToken[] => {
    if (!tokens.some((other) => other.name === name)) return [...tokens, stored]
    throw new VoxbridgeError(
      'ERR_BAD_REQUEST',
      `There is a token ${name} already: revoke it, or take another name.`,
    )
  }
  await changeTokens(path, add, { signal: interruptSignal() })
  process.stderr.write('Keep it: it is shown this once.\n')
  print(token)
}

async function revoke(path: string, name: string): Promise<void> {
  const remove = (tokens: readonly StoredToken[]): StoredToken[] => {
    const left = tokens.filter((token) => token.name !== name)
    if (left.length < tokens.length) return left
    throw new VoxbridgeError('ERR_NOT_FOUND', `There is no token ${name}.`)
  }
  await changeTokens(path, remove, { signal: interruptSignal() })
  print(`Revoked: ${name}`)
}

function formatTokens(tokens: readonly StoredToken[], now: number): string {
  if (tokens.length === 0) return 'There are no tokens.'
  const rows = tokens.map(({ name, may, createdAt, expiresAt, maxChannels }) => [
    name,
    may.join(','),
    String(maxChannels ?? ''),
    createdAt.slice(0, 10),
    expiresAt === undefined
      ? 'never'
      : expiresAt.slice(0, 10) + (Date.parse(expiresAt) <= now ? ' (over)' : ''),
  ])
  const head = ['name', 'may', 'channels', 'made', 'expires']
  const table = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)))
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function parseName(name: string | undefined): string {
  if (name !== undefined && tokenNamePattern.test(name)) return name
  throw new UsageError(`Name the token: ${tokenNameRule}.`)
}

function parseCount(option: string, text: string, max: number): number {
  const count = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (count >= 1 && count <= max) return count
  throw new UsageError(`${option} must be a whole number from 1 to ${max}.`)
}

function parseRights(text: string | undefined): readonly Right[] {
  const names = text?.split(',').map((name) => name.trim()) ?? defaultRights
  const wrong = names.find((name) => !isRight(name))
  if (wrong !== undefined) throw new UsageError(`--may ${wrong}: it must be of ${rights.join(', ')}.`)
  return [...new Set(names.filter(isRight))]
}

function parseCommand(args: readonly string[]): Command {
  let parsed
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { days: { type: 'string' }, may: { type: 'string' }, channels: { type: 'string' } },
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
  const [word = '', name, ...rest] = parsed.positionals
  if (rest.length > 0) throw new UsageError(`One token at a time: ${rest.join(' ')} is too much.`)
  const { days, may, channels } = parsed.values
  return { word, name, days, may, channels }
}

function interruptSignal(): AbortSignal {
  const controller = new AbortController()
  process.once('SIGINT', () => controller.abort())
  return controller.signal
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    print(usage)
    return 0
  }
  try {
    await run(parseCommand(args), readConfig().doors.tokensFile)
    return 0
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\n\n${usage}\n`)
      return 2
    }
    process.stderr.write(`${toVoxbridgeError(error).message}\n`)
    return 1
  }
}

process.exitCode = await main(process.argv.slice(2))
