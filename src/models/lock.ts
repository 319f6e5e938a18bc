/**
 * `models.lock.json`: where every model comes from, byte for byte, and what it is once installed.
 * The file is written by hand, except for `files`, which `npm run models lock` fills in.
 */
import { readFile, rename, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { VoxbridgeError } from '../errors.ts'
import { Fields } from './fields.ts'

/** The lock file of this repository, from `src` as from `dist`. */
export const defaultLockPath = fileURLToPath(new URL('../../models.lock.json', import.meta.url))

export interface ModelLock {
  readonly version: 1
  readonly models: Readonly<Record<string, LockedModel>>
}

export const modelRoles = ['vad', 'turn-detector', 'recognizer', 'translator', 'voice', 'judge'] as const
export type ModelRole = (typeof modelRoles)[number]

export interface LockedModel {
  readonly description: string
  readonly role: ModelRole
  /** A name of `registry.ts`; the voice activity detector and a judge run without a worker and have none there. */
  readonly engine: string
  /** ISO 639-1 codes that it hears, translates from and to, or speaks; `*` for a model without languages. */
  readonly languages: readonly string[]
  /** Other names that the configuration may call it by. */
  readonly aliases?: readonly string[]
  readonly license: License
  readonly importer: ImporterSettings
  readonly sources: readonly ModelSource[]
  /** The installed files; none of a model from the hub that nobody has locked yet. */
  readonly files: readonly LockedFile[]
}

export type ModelSource = PackageSource | HubSource | BundledSource

export interface License {
  /** SPDX identifier. */
  readonly spdx: string
  /** Who says so, and of what. */
  readonly note: string
}

export interface ImporterSettings {
  /** A name of `importers.ts`. */
  readonly format: string
  readonly settings: Readonly<Record<string, string>>
}

/** Files in one archive of a published package. */
export interface PackageSource {
  readonly kind: 'package'
  readonly ecosystem: 'pypi' | 'npm'
  readonly package: string
  readonly version: string
  readonly archive: LockedFile
  readonly members: readonly ArchiveMember[]
}

/** Files of a repository on a model hub. */
export interface HubSource {
  readonly kind: 'hub'
  /** `owner/name` */
  readonly repository: string
  /** A commit; the name of a branch as long as nobody has locked the model. */
  readonly revision: string
  readonly files: readonly HubFile[]
}

export interface HubFile {
  readonly path: string
  /** What the importer knows the file as. */
  readonly as: string
  readonly bytes?: number
  readonly sha256?: string
}

/** Files of this repository, for what is trained here. */
export interface BundledSource {
  readonly kind: 'bundled'
  readonly files: readonly BundledFile[]
}

/** Its path is relative to the folder of the lock file. */
export interface BundledFile extends LockedFile {
  /** What the importer knows the file as. */
  readonly as: string
}

export interface LockedFile {
  /** Relative to its folder, with slashes. */
  readonly path: string
  readonly bytes: number
  readonly sha256: string
}

export interface ArchiveMember extends LockedFile {
  /** What the importer knows the file as. */
  readonly as: string
  /** 1, 2, … where several members, joined in this order, make the file. */
  readonly part?: number
}

/** A model's name is also the name of its folder. */
export function isModelName(name: string): boolean {
  return /^[a-z0-9][a-z0-9._-]{0,63}$/.test(name)
}

export const modelNameRule = 'a name of at most 64 lower-case letters, digits, ".", "_" and "-"'

/** @throws VoxbridgeError ERR_LOCK_FILE that names the field */
export async function readLock(lockPath: string): Promise<ModelLock> {
  const name = basename(lockPath)
  let json: unknown
  try {
    json = JSON.parse(await readFile(lockPath, 'utf8'))
  } catch (error) {
    const reason = error instanceof SyntaxError ? `is not JSON: ${error.message}` : 'cannot be read'
    throw new VoxbridgeError('ERR_LOCK_FILE', `${name} ${reason}. Take it from the repository again.`, {
      cause: error,
    })
  }
  return parseLock(json, name)
}

export function parseLock(json: unknown, name = 'models.lock.json'): ModelLock {
  const fields = new Fields(json, name)
  const version = fields.choice('version', [1] as const)
  const models = fields.object('models')
  const wrongName = models.names.find((model) => !isModelName(model))
  if (wrongName !== undefined) {
    throw new VoxbridgeError('ERR_LOCK_FILE', `${name}: models.${wrongName} should have ${modelNameRule}.`)
  }
  return {
    version,
    models: Object.fromEntries(models.names.map((model) => [model, parseModel(models.object(model))])),
  }
}

/** Writes the file anew, in one step. */
export async function writeLock(lockPath: string, lock: ModelLock): Promise<void> {
  await writeFile(`${lockPath}.new`, `${JSON.stringify(lock, null, 2)}\n`)
  await rename(`${lockPath}.new`, lockPath)
}

/** @throws VoxbridgeError ERR_MODEL_UNKNOWN that lists the models there are */
export function lockedModel(lock: ModelLock, name: string): LockedModel {
  const model = Object.hasOwn(lock.models, name) ? lock.models[name] : undefined
  if (model) return model
  const known = Object.keys(lock.models).join(', ')
  throw new VoxbridgeError(
    'ERR_MODEL_UNKNOWN',
    `There is no model "${name}" in models.lock.json; there are: ${known}.`,
  )
}

function parseModel(fields: Fields): LockedModel {
  const license = fields.object('license')
  const importer = fields.object('importer')
  const settings = importer.object('settings')
  return {
    description: fields.text('description'),
    role: fields.choice('role', modelRoles),
    engine: fields.text('engine'),
    languages: fields.texts('languages'),
    ...(fields.has('aliases') && { aliases: fields.texts('aliases') }),
    license: { spdx: license.text('spdx'), note: license.text('note') },
    importer: {
      format: importer.text('format'),
      settings: Object.fromEntries(settings.names.map((name) => [name, settings.text(name)])),
    },
    sources: fields.list('sources', parseSource),
    files: fields.list('files', parseFile),
  }
}

export function parseSource(fields: Fields): ModelSource {
  const kind = fields.choice('kind', ['package', 'hub', 'bundled'] as const)
  if (kind === 'package') return parsePackage(fields)
  return kind === 'hub' ? parseRepository(fields) : { kind, files: fields.list('files', parseBundledFile) }
}

function parsePackage(fields: Fields): PackageSource {
  return {
    kind: 'package',
    ecosystem: fields.choice('ecosystem', ['pypi', 'npm'] as const),
    // Both go to the command line of a package client; nothing that looks like an option or a URL may.
    package: fields.pattern('package', /^(@[a-z0-9][\w.-]*\/)?[A-Za-z0-9][\w.-]*$/, 'the name of a package'),
    version: fields.pattern('version', /^[A-Za-z0-9][\w.+-]*$/, 'one version'),
    archive: parseFile(fields.object('archive')),
    members: fields.list('members', parseMember),
  }
}

function parseRepository(fields: Fields): HubSource {
  return {
    kind: 'hub',
    // Both become parts of a URL.
    repository: fields.pattern('repository', /^\w[\w.-]*\/\w[\w.-]*$/, 'a repository as OWNER/NAME'),
    revision: fields.pattern('revision', /^\w[\w.-]*(\/\w[\w.-]*)*$/, 'a commit or the name of a branch'),
    files: fields.list('files', parseHubFile),
  }
}

function parseHubFile(fields: Fields): HubFile {
  return {
    path: relativePath(fields, 'path'),
    as: relativePath(fields, 'as'),
    ...(fields.has('bytes') && { bytes: fields.count('bytes') }),
    ...(fields.has('sha256') && { sha256: sha256(fields) }),
  }
}

function parseBundledFile(fields: Fields): BundledFile {
  return { ...parseFile(fields), as: relativePath(fields, 'as') }
}

function parseMember(fields: Fields): ArchiveMember {
  const member = { ...parseFile(fields), as: relativePath(fields, 'as') }
  return fields.has('part') ? { ...member, part: fields.count('part') } : member
}

export function parseFile(fields: Fields): LockedFile {
  return {
    path: relativePath(fields, 'path'),
    bytes: fields.count('bytes'),
    sha256: sha256(fields),
  }
}

function sha256(fields: Fields): string {
  return fields.pattern('sha256', /^[0-9a-f]{64}$/, 'a SHA-256 in lower-case hex')
}

function relativePath(fields: Fields, name: string): string {
  return fields.pattern(
    name,
    /^(?!\.{1,2}(\/|$))[^/\\\0]+(\/(?!\.{1,2}(\/|$))[^/\\\0]+)*$/,
    'a path below its folder, with slashes and without ".."',
  )
}
