import { VoxbridgeError } from '../errors.ts'

/**
 * The folder of an engine that loads one model.
 * @throws VoxbridgeError ERR_ENGINE where there are none or several.
 */
export function onlyModel(engine: string, modelDirs: readonly string[]): string {
  const [modelDir] = modelDirs
  if (modelDir !== undefined && modelDirs.length === 1) return modelDir
  throw new VoxbridgeError('ERR_ENGINE', `${engine} loads one model, not ${modelDirs.length}`)
}
