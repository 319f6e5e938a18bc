/** The graphs of a voice in a folder of exports: `NAME.onnx`, with a suffix for each precision. */
import { existsSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { VoxbridgeError } from '../../../errors.ts'
import { type OptimumPrecision, precisionSuffixes } from '../../../models/optimum/layout.ts'

/**
 * The setting `precision` of an import, fp32 where it is left out.
 * @throws VoxbridgeError ERR_BAD_REQUEST that lists the precisions there are.
 */
export function readPrecision(settings: Readonly<Record<string, string>>): OptimumPrecision {
  const { precision = 'fp32' } = settings
  const precisions = Object.keys(precisionSuffixes) as OptimumPrecision[]
  const found = precisions.find((candidate) => candidate === precision)
  if (found !== undefined) return found
  throw new VoxbridgeError(
    'ERR_BAD_REQUEST',
    `precision is one of ${precisions.join(', ')}, not ${precision}`,
  )
}

/**
 * Installs a graph as `NAME.onnx`.
 * @throws VoxbridgeError ERR_MODEL_FORMAT where there is none of that precision.
 */
export async function copyGraph(
  sourceDir: string,
  targetDir: string,
  name: string,
  precision: OptimumPrecision,
): Promise<void> {
  const file = `${name}${precisionSuffixes[precision]}.onnx`
  if (!existsSync(join(sourceDir, file))) {
    throw new VoxbridgeError(
      'ERR_MODEL_FORMAT',
      `expected ${file} in the folder: make it with scripts/quantize_models.py, or import another precision=`,
    )
  }
  await copyFile(join(sourceDir, file), join(targetDir, `${name}.onnx`))
}
