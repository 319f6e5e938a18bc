/** `npm run models`: what is installed, and how it gets there. */
import { parseArgs } from 'node:util'
import { type Config, readConfig } from '../config.ts'
import { VoxbridgeError, toVoxbridgeError } from '../errors.ts'
import { chooseDevices } from './device.ts'
import { ensureModels, verifyModels } from './fetch.ts'
import { detectingImporters } from './importers.ts'
import { installedModels } from './installed.ts'
import { importFolder } from './local-import.ts'
import { defaultLockPath, readLock } from './lock.ts'
import { formatModelTable } from './model-table.ts'
import { type Report, createProgressDisplay } from './progress.ts'
import { prunableModels, removeModels } from './prune.ts'
import { relockModels } from './relock.ts'
import { selectModels, selectedNames } from './selection.ts'

const usage = `Usage: npm run models [-- COMMAND]

  (no command)                fetch what the configuration needs
  list                        all models, their licences and sizes
  fetch [NAME...] [--all]     fetch models by name, or all
  verify [NAME...]            check the files of installed models
  prune [--yes]               remove models that nothing refers to
  import DIR [--name NAME] [--set KEY=VALUE]...
                              import a model of your own
  lock [NAME...]              write to models.lock.json what models are: pins those that came from
                              the hub, and makes the others anew, after a change of an importer

Without a name, verify and lock take all that are installed. MODELS_DIR says where models are
kept, HF_ENDPOINT and HF_TOKEN which model hub is asked, and as whom.`

interface Context {
  readonly config: Config
  readonly names: readonly string[]
  readonly flags: Flags
  readonly report: Report
  readonly signal: AbortSignal
}

interface Flags {
  readonly all?: boolean
  readonly yes?: boolean
  readonly name?: string
  readonly set?: readonly string[]
}

interface Command {
  readonly flags: readonly (keyof Flags)[]
  readonly names: 'none' | 'any' | 'one'
  run(context: Context): Promise<void>
}

/** Wrong usage: answered with exit code 2. */
class UsageError extends Error {}

const commands: Readonly<Record<string, Command>> = {
  needed: { flags: [], names: 'none', run: fetchNeeded },
  list: { flags: [], names: 'none', run: list },
  fetch: { flags: ['all'], names: 'any', run: fetchNamed },
  verify: { flags: [], names: 'any', run: verify },
  prune: { flags: ['yes'], names: 'none', run: prune },
  import: { flags: ['name', 'set'], names: 'one', run: importOne },
  lock: { flags: [], names: 'any', run: relock },
}

async function fetchNeeded(context: Context): Promise<void> {
  const { config } = context
  const installed = await installedModels(config.modelsDir)
  // Models are fetched for a GPU that is not there yet, too, e.g. into a container image.
  const gpu = config.useGpu === 'true' || (await chooseDevices(config)).models !== 'cpu'
  const names = selectedNames(selectModels(config, await readLock(defaultLockPath), installed, { gpu }))
  await fetchModels(names, context)
}

async function fetchNamed(context: Context): Promise<void> {
  const { names, flags } = context
  if (names.length === 0 && flags.all !== true) return fetchNeeded(context)
  await fetchModels(flags.all === true ? await lockedNames() : names, context)
}

async function fetchModels(names: readonly string[], { config, report, signal }: Context): Promise<void> {
  const { modelsDir, hub } = config
  await ensureModels(names, { modelsDir, lockPath: defaultLockPath, hub, report, signal })
  print(`Ready in ${modelsDir}: ${names.join(', ')}`)
}

async function list({ config }: Context): Promise<void> {
  print(formatModelTable(await readLock(defaultLockPath), await installedModels(config.modelsDir)).trimEnd())
}

async function verify({ config, names }: Context): Promise<void> {
  const { modelsDir } = config
  const checked = names.length > 0 ? names : await installedLockedNames(modelsDir)
  const faulty = await verifyModels(checked, { modelsDir, lockPath: defaultLockPath })
  for (const { name, faults } of faulty) {
    for (const { path, fault } of faults) print(`${name}/${path}: ${fault}`)
  }
  if (faulty.length > 0) {
    const again = faulty.map(({ name }) => name).join(' ')
    throw new VoxbridgeError(
      'ERR_MODEL_HASH',
      `Not as models.lock.json says. Fetch again: npm run models fetch ${again}`,
    )
  }
  print(`As models.lock.json says: ${checked.join(', ') || 'nothing is installed'}`)
}

async function prune({ config, flags }: Context): Promise<void> {
  const { modelsDir } = config
  const models = await prunableModels(modelsDir, await readLock(defaultLockPath))
  const names = models.map(({ name }) => name).join(', ')
  if (models.length === 0) return print('Nothing to remove.')
  if (flags.yes !== true) return print(`Would remove from ${modelsDir}: ${names}. Do it with --yes.`)
  await removeModels(modelsDir, models)
  print(`Removed: ${names}`)
}

async function importOne({ config, names, flags, report, signal }: Context): Promise<void> {
  const [dir = ''] = names
  const settings = Object.fromEntries((flags.set ?? []).map(parseSetting))
  const name = flags.name === undefined ? {} : { name: flags.name }
  const imported = await importFolder(dir, { ...name, settings, modelsDir: config.modelsDir, report, signal })
  print(`Imported as ${imported}`)
}

async function relock({ config, names, report, signal }: Context): Promise<void> {
  const { modelsDir, hub } = config
  const chosen = names.length > 0 ? names : await installedLockedNames(modelsDir)
  await relockModels(chosen, { modelsDir, lockPath: defaultLockPath, hub, report, signal })
  print(`models.lock.json has the files of: ${chosen.join(', ')}`)
}

async function installedLockedNames(modelsDir: string): Promise<string[]> {
  const known = await lockedNames()
  return (await installedModels(modelsDir))
    .filter(({ name, local }) => !local && known.includes(name))
    .map(({ name }) => name)
}

async function lockedNames(): Promise<string[]> {
  return Object.keys((await readLock(defaultLockPath)).models)
}

function parseSetting(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw new UsageError(`--set ${text} should be KEY=VALUE.`)
  return [text.slice(0, at), text.slice(at + 1)]
}

function parseCommand(args: readonly string[]): { command: Command; names: string[]; flags: Flags } {
  let parsed
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        all: { type: 'boolean' },
        yes: { type: 'boolean' },
        name: { type: 'string' },
        set: { type: 'string', multiple: true },
      },
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
  const [word = 'needed', ...names] = parsed.positionals
  const command = Object.hasOwn(commands, word) ? commands[word] : undefined
  if (!command) throw new UsageError(`There is no command "${word}".`)
  const wrongFlag = (Object.keys(parsed.values) as (keyof Flags)[]).find(
    (flag) => !command.flags.includes(flag),
  )
  if (wrongFlag !== undefined) throw new UsageError(`--${wrongFlag} does not go with "${word}".`)
  if (command.names === 'none' && names.length > 0) throw new UsageError(`"${word}" takes no names.`)
  if (command.names === 'one' && names.length !== 1) throw new UsageError(`"${word}" takes one folder.`)
  return { command, names, flags: parsed.values }
}

/** The first SIGINT or SIGTERM stops in good order, the second at once. */
function interruptSignal(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort())
  return controller.signal
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    print(usage)
    const importers = (await detectingImporters()).map(
      ({ format, description }) => `  ${format}: ${description}`,
    )
    print(`\nFormats that can be imported:\n${importers.join('\n')}`)
    return 0
  }
  const display = createProgressDisplay(process.stderr)
  try {
    const { command, names, flags } = parseCommand(args)
    await command.run({
      config: readConfig(),
      names,
      flags,
      report: display.report,
      signal: interruptSignal(),
    })
    return 0
  } catch (error) {
    display.stop()
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\n\n${usage}\n`)
      return 2
    }
    process.stderr.write(`${toVoxbridgeError(error).message}\n`)
    return 1
  } finally {
    display.stop()
  }
}

process.exitCode = await main(process.argv.slice(2))
