/** What the GPU needs besides our packages: NVIDIA's driver and the libraries of CUDA, by name and version. */
import { readFile, realpath } from 'node:fs/promises'
import { basename } from 'node:path'
import { outputOf } from './run-program.ts'

/** A library that was asked for by its name, e.g. `libcudart.so.13`. */
export interface Library {
  readonly name: string
  /** Where it was found. */
  readonly path: string | undefined
}

/** ONNX Runtime opens it when a model first needs it, and goes on without where it can. */
export const cudnn = 'libcudnn.so.9'
const nvidiaLibrary = /^lib(cu|nv)/

/** The version of the kernel module; undefined where no driver is loaded. */
export async function driverVersion(file = '/proc/driver/nvidia/version'): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return /Kernel Module.*?\s(\d+\.[\d.]+)/.exec(text)?.[1]
}

/** NVIDIA's libraries that a provider of ONNX Runtime is linked against, wherever the dynamic linker finds them. */
export async function linkedLibraries(provider: string): Promise<Library[]> {
  return parseLinked((await outputOf('ldd', [provider])) ?? '').filter(({ name }) => nvidiaLibrary.test(name))
}

/** Reads what `ldd` prints. */
export function parseLinked(text: string): Library[] {
  return [...text.matchAll(/^\s*(\S+) => (?:(\/\S+)|not found)/gm)].map(([, name = '', path]) => ({
    name,
    path,
  }))
}

/** Whether the dynamic linker finds and loads a library. */
export function canLoad(name: string): boolean {
  try {
    process.dlopen({ exports: {} }, name)
    return true
  } catch (error) {
    // What loads but is no module of Node's is refused only then, in other words.
    return !(error instanceof Error && error.message.includes('cannot open shared object file'))
  }
}

/** The path of a library that the linker's cache has. */
export async function cachedPath(name: string): Promise<string | undefined> {
  const lines = ((await outputOf('ldconfig', ['-p'])) ?? '').split('\n')
  return lines.find((line) => line.trim().startsWith(`${name} `))?.split(' => ')[1]
}

/** A library's full version by its file's name, e.g. 13.0.96 of `libcudart.so.13.0.96`. */
export async function libraryVersion({ name, path }: Library): Promise<string> {
  const file = basename(path === undefined ? name : await realpath(path).catch(() => path))
  return file.split('.so.')[1] ?? ''
}

/** The version of CUDA that a provider was built for, by the name of CUDA's runtime library. */
export function cudaMajor(libraries: readonly Library[]): number | undefined {
  const runtime = libraries.find(({ name }) => name.startsWith('libcudart.so.'))
  return runtime === undefined ? undefined : Number(runtime.name.split('.so.')[1])
}
