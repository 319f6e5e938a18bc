/** From a model's archives to its folder: read the members, import them, check the result, put it in place. */
import { VoxbridgeError } from '../errors.ts'
import { extractMembers, placeMembers } from './archive.ts'
import { importerFor } from './importers.ts'
import type { LockedFile, LockedModel } from './lock.ts'
import type { Staging } from './staging.ts'
import { checkFiles, describeFiles, listFiles } from './verify.ts'

export interface InstallOptions {
  readonly signal: AbortSignal
}

/** @throws VoxbridgeError ERR_MODEL_HASH, ERR_MODEL_FORMAT; the models folder is as it was then */
export async function installModel(
  name: string,
  model: LockedModel,
  staging: Staging,
  options: InstallOptions,
): Promise<void> {
  const made = await makeModel(name, model, staging, options)
  await checkImported(name, model.files, made)
  await staging.publish(made, name)
}

/** Makes and installs a model whatever comes out, and tells what that is. */
export async function remakeModel(
  name: string,
  model: LockedModel,
  staging: Staging,
  options: InstallOptions,
): Promise<LockedFile[]> {
  const made = await makeModel(name, model, staging, options)
  const files = await describeFiles(made)
  await staging.publish(made, name)
  return files
}

async function makeModel(
  name: string,
  model: LockedModel,
  staging: Staging,
  { signal }: InstallOptions,
): Promise<string> {
  const sourceDir = await staging.folder('sources')
  for (const [{ archive }, members] of placeMembers(model.sources)) {
    await extractMembers(staging.archivePath(archive), members, sourceDir, { signal })
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
