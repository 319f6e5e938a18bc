/** The machine and the programs that were not installed by npm. */
import { availableParallelism, cpus, totalmem } from 'node:os'
import { availableCores } from '../cores.ts'
import { type Finding, failure, ok, warning } from './finding.ts'

/** Node versions that the binary of uWebSockets.js was built for. */
const nodeMajors = [20, 22]
/** What the binaries of ONNX Runtime were linked against. */
const oldestGlibc = '2.28'

export function checkNode(version: string = process.versions.node): Finding {
  const major = Number(version.split('.', 1)[0])
  if (nodeMajors.includes(major)) return ok('Node', version)
  return failure(
    'Node',
    version,
    `Use Node ${nodeMajors.join(' or ')}: the socket's binary (uWebSockets.js) was built for these.`,
  )
}

/** @param version of the C library; undefined where it is another than glibc. */
export function checkGlibc(version: string | undefined = glibcVersion()): Finding {
  if (version === undefined) {
    return failure(
      'C library',
      'not glibc',
      'Use a Linux with glibc, e.g. Debian or Ubuntu: Alpine (musl) cannot load the binaries of ONNX Runtime.',
    )
  }
  if (version.localeCompare(oldestGlibc, 'en', { numeric: true }) >= 0) return ok('glibc', version)
  return failure(
    'glibc',
    version,
    `ONNX Runtime needs ${oldestGlibc} or newer: use Debian 12, Ubuntu 22.04 or newer.`,
  )
}

function glibcVersion(): string | undefined {
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } }
  return report.header?.glibcVersionRuntime
}

export function checkProcessor(cores: number = availableCores()): Finding {
  const model = cpus()[0]?.model ?? 'an unknown processor'
  const limited =
    cores < availableParallelism() ? ` of ${availableParallelism()}, by a limit of its group` : ''
  const found = `${cores} ${cores === 1 ? 'core' : 'cores'}${limited}, ${model}`
  if (cores >= 2) return ok('Processor', found)
  return warning('Processor', found, 'Give it two cores: with one, captions and speech come late.')
}

export interface Memory {
  /** Of the machine, or the limit of a container. */
  readonly totalBytes: number
  readonly availableBytes: number
}

/** @param modelBytes size of the models on the disk. */
export function checkMemory(modelBytes: number, memory: Memory = readMemory()): Finding {
  const neededBytes = processBytes + modelBytes * memoryPerModelByte
  const found = `${gigabytes(memory.availableBytes)} GB free of ${gigabytes(memory.totalBytes)} GB; the server needs about ${gigabytes(neededBytes)} GB`
  if (memory.availableBytes >= neededBytes) return ok('Memory', found)
  const remedy =
    'Free some, give the container more, or choose smaller models (WHISPER_MODEL=tiny, fewer in TTS_MODEL).'
  return memory.totalBytes < neededBytes ? failure('Memory', found, remedy) : warning('Memory', found, remedy)
}

/** The default models (307 MB) make a process of 0.8 to 1 GB. */
const processBytes = 300e6
const memoryPerModelByte = 2.2

function readMemory(): Memory {
  const limit = process.constrainedMemory()
  const totalBytes = limit > 0 ? Math.min(limit, totalmem()) : totalmem()
  return { totalBytes, availableBytes: Math.min(process.availableMemory(), totalBytes) }
}

export function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(1)
}
