/** Models that the user has: imported from a folder into the models folder, beside those of the lock file. */
import { existsSync } from 'node:fs'
import { stat, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { VoxbridgeError } from '../errors.ts'
import { detectImporter } from './importers.ts'
import { localImportFile } from './installed.ts'
import { isModelName, modelNameRule } from './lock.ts'
import { type WorkOptions, withStaging } from './model-work.ts'

export interface ImportFolderOptions extends WorkOptions {
  /** The model's name; the name of the folder when left out. */
  readonly name?: string
  readonly settings: Readonly<Record<string, string>>
}

/**
 * Imports a folder in whatever format it is. A model that was imported under the same name before is replaced.
 * @returns the model's name
 * @throws VoxbridgeError ERR_MODEL_FORMAT, ERR_BAD_REQUEST, ERR_DISK
 */
export async function importFolder(dir: string, options: ImportFolderOptions): Promise<string> {
  const sourceDir = resolve(dir)
  const { modelsDir, settings, name = basename(sourceDir).toLowerCase() } = options
  await checkRequest(sourceDir, name, modelsDir)
  const importer = await detectImporter(sourceDir)
  await withStaging(options, async ({ staging, report }) => {
    report({ step: 'import', model: name })
    const targetDir = await staging.folder('models', name)
    await importer.run(sourceDir, targetDir, { settings })
    const origin = { format: importer.format, settings }
    await writeFile(join(targetDir, localImportFile), `${JSON.stringify(origin, null, 2)}\n`)
    await staging.publish(targetDir, name)
    report({ step: 'installed', model: name })
  })
  return name
}

async function checkRequest(sourceDir: string, name: string, modelsDir: string): Promise<void> {
  const folder = await stat(sourceDir).catch(() => undefined)
  if (!folder?.isDirectory()) throw new VoxbridgeError('ERR_BAD_REQUEST', `${sourceDir} should be a folder.`)
  if (!isModelName(name)) {
    throw new VoxbridgeError(
      'ERR_BAD_REQUEST',
      `A model needs ${modelNameRule}, not "${name}": give one with --name.`,
    )
  }
  const target = join(modelsDir, name)
  if (existsSync(target) && !existsSync(join(target, localImportFile))) {
    throw new VoxbridgeError(
      'ERR_BAD_REQUEST',
      `${name} is installed from models.lock.json already: give another name with --name.`,
    )
  }
}
