/** What the models folder holds: one folder for each model, complete by construction (see `install.ts`). */
import { readFile, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { VoxbridgeError } from '../errors.ts'
import { explainDiskError, isMissing } from './file-errors.ts'
import { listFiles } from './verify.ts'

/** Written by every importer; the engine reads it first. */
export const descriptionFile = 'model.json'
/** Marks a model that the user imported: no lock file knows it, and `prune` keeps it. */
export const localImportFile = 'local-import.json'

export interface InstalledModel {
  readonly name: string
  readonly engine: string
  /** Imported by the user, not fetched by the lock file. */
  readonly local: boolean
  readonly bytes: number
}

/** The models of a folder by name; none where the folder does not exist. */
export async function installedModels(modelsDir: string): Promise<InstalledModel[]> {
  const models = []
  for (const name of await modelFolders(modelsDir)) {
    const dir = join(modelsDir, name)
    const files = await listFiles(dir)
    if (!files.includes(descriptionFile)) continue
    const sizes = await Promise.all(files.map(async (file) => (await stat(join(dir, file))).size))
    models.push({
      name,
      engine: await readModelEngine(dir),
      local: files.includes(localImportFile),
      bytes: sizes.reduce((sum, size) => sum + size, 0),
    })
  }
  return models
}

/** Names of the folders, whether a model is in them or not; what starts with a dot is ours. */
export async function modelFolders(modelsDir: string): Promise<string[]> {
  try {
    const entries = await readdir(modelsDir, { withFileTypes: true })
    return entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name)
  } catch (error) {
    if (isMissing(error)) return []
    throw explainDiskError(error, modelsDir)
  }
}

/**
 * The engine that loads the model in a folder.
 * @throws VoxbridgeError ERR_MODEL_MISSING, ERR_MODEL_FORMAT
 */
export async function readModelEngine(modelDir: string): Promise<string> {
  const file = join(modelDir, descriptionFile)
  let text
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if (!isMissing(error)) throw error
    throw new VoxbridgeError(
      'ERR_MODEL_MISSING',
      `There is no model in ${modelDir}. Install it with: npm run models fetch`,
    )
  }
  const engine = parseEngine(text)
  if (engine === undefined) {
    throw new VoxbridgeError(
      'ERR_MODEL_FORMAT',
      `${file} should be a JSON object with the name of an "engine".`,
    )
  }
  return engine
}

function parseEngine(json: string): string | undefined {
  try {
    const description: unknown = JSON.parse(json)
    if (typeof description !== 'object' || description === null || !('engine' in description))
      return undefined
    return typeof description.engine === 'string' ? description.engine : undefined
  } catch {
    return undefined
  }
}
