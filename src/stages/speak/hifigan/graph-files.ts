/** The graphs of a voice in a folder of exports: `NAME.onnx`, with a suffix for each precision. */
import { existsSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { VoxbridgeError } from '../../../errors.ts'
import { type OptimumPrecision, precisionSuffixes } from '../../../models/optimum/layout.ts'

const allPrecisions = Object.keys(precisionSuffixes) as OptimumPrecision[]
/** A vocoder is made of convolutions, which all other precisions leave as they are. */
export const vocoderPrecisions: readonly OptimumPrecision[] = ['fp16', 'fp32']

/**
 * The setting `precision` of an import, fp32 where it is left out.
 * @throws VoxbridgeError ERR_BAD_REQUEST that lists the precisions there are.
 */
export function readPrecision(
  settings: Readonly<Record<string, string>>,
  precisions: readonly OptimumPrecision[] = allPrecisions,
): OptimumPrecision {
  const { precision = 'fp32' } = settings
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
  const fileOf = (precision: OptimumPrecision): string => `${name}${precisionSuffixes[precision]}.onnx`
  const has = (precision: OptimumPrecision): boolean => existsSync(join(sourceDir, fileOf(precision)))
  if (!has(precision)) {
    const others = allPrecisions.filter(has).map((other) => `precision=${other}`)
    const remedies = ['make it with scripts/quantize_models.py', ...others.map((other) => `import ${other}`)]
    throw new VoxbridgeError(
      'ERR_MODEL_FORMAT',
      `expected ${fileOf(precision)} in the folder: ${remedies.join(', or ')}`,
    )
  }
  await copyFile(join(sourceDir, fileOf(precision)), join(targetDir, `${name}.onnx`))
}
