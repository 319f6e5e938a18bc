/**
 * The files of an encoder-decoder model as optimum and transformers.js lay them out: `encoder_model.onnx` and
 * `decoder_model_merged.onnx`, the same with a suffix for each precision, beside `config.json` or in `onnx/`; weights
 * of more than 2 GB lie in files of their own beside their graph.
 */
import { constants } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { VoxbridgeError } from '../../errors.ts'

/** What each precision adds to the names, by the names that `scripts/quantize_models.py` gives them. */
export const precisionSuffixes = {
  int8: '_quantized',
  'int8-weights': '_int8',
  int4: '_q4',
  fp16: '_fp16',
  fp32: '',
} as const satisfies Record<string, string>

export type OptimumPrecision = keyof typeof precisionSuffixes

const precisions = Object.keys(precisionSuffixes) as OptimumPrecision[]
const folders = ['', 'onnx/']

/** Names of the graphs in an installed model folder. */
export const optimumFile = { encoder: 'encoder.onnx', decoder: 'decoder.onnx' } as const

export interface OptimumGraph {
  /** Path of the graph, relative to the folder. */
  readonly path: string
  /** Paths of the files beside it that hold its weights, where it does not hold them itself. */
  readonly weights: readonly string[]
}

export interface OptimumGraphs {
  readonly encoder: OptimumGraph
  /** Reads the first tokens and, with a cache, the next ones. */
  readonly decoder: OptimumGraph
}

/** Whether there is an exported encoder of any precision. */
export function hasOptimumEncoder(files: readonly string[]): boolean {
  return files.some((file) => /^(onnx\/)?encoder_model\w*\.onnx$/.test(file))
}

/**
 * The setting `precision` of an import, int8 where it is left out.
 * @throws VoxbridgeError ERR_MODEL_FORMAT
 */
export function readOptimumPrecision(settings: Readonly<Record<string, string>>): OptimumPrecision {
  const setting = settings['precision'] ?? 'int8'
  const precision = precisions.find((candidate) => candidate === setting)
  if (precision !== undefined) return precision
  throw formatError(`precision is ${setting}, supported are ${precisions.join(', ')}`)
}

/**
 * Finds the two graphs of a precision.
 * @param files paths relative to the model's folder.
 * @throws VoxbridgeError ERR_MODEL_FORMAT that lists the precisions there are, or says how to export.
 */
export function findOptimumGraphs(files: readonly string[], precision: OptimumPrecision): OptimumGraphs {
  const found = findGraphs(files, precision)
  if (found) return found
  const others = precisions.filter((candidate) => findGraphs(files, candidate))
  if (others.length > 0) {
    throw formatError(
      `no ${graphNames(precision)}: import it with ${others.map((other) => `precision=${other}`).join(' or ')}, ` +
        'or make them with scripts/quantize_models.py',
    )
  }
  const reason = files.some((file) => /^(onnx\/)?decoder_(with_past_)?model\w*\.onnx$/.test(file))
    ? 'its decoder is in two graphs, one with and one without a cache, and they must be merged'
    : `no ${graphNames(precision)}`
  throw formatError(
    `${reason}. Export the model with scripts/export_to_onnx.py or with optimum-cli export onnx and a task that ends in ` +
      '-with-past (text2text-generation-with-past, automatic-speech-recognition-with-past)',
  )
}

/**
 * Puts the graphs into an installed model folder under the names of `optimumFile`; weights outside a graph keep the
 * name by which the graph knows them. Copies, not hard links: what somebody exports anew must not change what is
 * installed.
 */
export async function installOptimumGraphs(
  sourceDir: string,
  targetDir: string,
  { encoder, decoder }: OptimumGraphs,
): Promise<void> {
  for (const [graph, name] of [
    [encoder, optimumFile.encoder],
    [decoder, optimumFile.decoder],
  ] as const) {
    await copyFile(join(sourceDir, graph.path), join(targetDir, name), constants.COPYFILE_FICLONE)
    for (const path of graph.weights) {
      await copyFile(join(sourceDir, path), join(targetDir, basename(path)), constants.COPYFILE_FICLONE)
    }
  }
}

function findGraphs(files: readonly string[], precision: OptimumPrecision): OptimumGraphs | undefined {
  for (const folder of folders) {
    const encoder = `${folder}encoder_model${precisionSuffixes[precision]}.onnx`
    const decoder = `${folder}decoder_model_merged${precisionSuffixes[precision]}.onnx`
    if (files.includes(encoder) && files.includes(decoder)) {
      return { encoder: withWeights(files, encoder), decoder: withWeights(files, decoder) }
    }
  }
  return undefined
}

/** `x.onnx_data` and `x.onnx_data_1` by optimum and transformers.js, `x.onnx.data` by torch. */
function withWeights(files: readonly string[], path: string): OptimumGraph {
  const isWeights = (file: string): boolean =>
    dirname(file) === dirname(path) &&
    file.startsWith(path) &&
    /^[._]data(_\d+)?$/.test(file.slice(path.length))
  return { path, weights: files.filter(isWeights) }
}

function graphNames(precision: OptimumPrecision): string {
  const suffix = precisionSuffixes[precision]
  return `encoder_model${suffix}.onnx with decoder_model_merged${suffix}.onnx, here or in onnx/`
}

function formatError(message: string): VoxbridgeError {
  return new VoxbridgeError('ERR_MODEL_FORMAT', `optimum layout: ${message}`)
}
