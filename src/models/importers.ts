/** All importers by their format: those of the engines, and a plain copy. */
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { VoxbridgeError } from '../errors.ts'
import type { ModelImporter } from './engine.ts'
import { descriptionFile } from './installed.ts'
import { engineNames, loadEngineModule } from './registry.ts'
import { listFiles } from './verify.ts'

/** For models that are used as they are; the settings become `model.json`. It would fit every folder: never detected. */
const copyImporter: ModelImporter = {
  format: 'copy',
  description: 'files that are used as they are; settings: engine=NAME',
  detect: () => false,
  async run(sourceDir, targetDir, { settings }) {
    for (const path of await listFiles(sourceDir)) {
      await mkdir(dirname(join(targetDir, path)), { recursive: true })
      await copyFile(join(sourceDir, path), join(targetDir, path))
    }
    await writeFile(join(targetDir, descriptionFile), `${JSON.stringify(settings, null, 2)}\n`)
  },
}

/** Those that know their format by the files of a folder. */
export async function detectingImporters(): Promise<ModelImporter[]> {
  const modules = await Promise.all(engineNames.map(loadEngineModule))
  return modules.flatMap(({ importers }) => importers)
}

/** @throws VoxbridgeError ERR_MODEL_UNKNOWN that lists the formats there are */
export async function importerFor(format: string): Promise<ModelImporter> {
  const importers = [copyImporter, ...(await detectingImporters())]
  const importer = importers.find((candidate) => candidate.format === format)
  if (importer) return importer
  const known = importers.map((candidate) => candidate.format).join(', ')
  throw new VoxbridgeError('ERR_MODEL_UNKNOWN', `There is no importer for "${format}"; there are: ${known}.`)
}

/**
 * The importer that knows what the files of a folder are.
 * @throws VoxbridgeError ERR_MODEL_FORMAT
 */
export async function detectImporter(sourceDir: string): Promise<ModelImporter> {
  const importers = await detectingImporters()
  const files = await listFiles(sourceDir)
  const importer = importers.find((candidate) => candidate.detect(files))
  if (importer) return importer
  throw new VoxbridgeError(
    'ERR_MODEL_FORMAT',
    `${sourceDir} holds no model that can be imported. What can be: npm run models -- --help`,
  )
}
