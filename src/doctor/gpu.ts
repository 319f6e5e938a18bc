/** Whether models can run on a GPU, and if not, which of the many things that it takes is missing. */
import { basename } from 'node:path'
import type { DeviceWish, Devices } from '../models/device.ts'
import { type Finding, failure, ok, reasonOf, warning } from './finding.ts'
import {
  type Library,
  cachedPath,
  canLoad,
  cudaMajor,
  cudnn,
  driverVersion,
  libraryVersion,
  linkedLibraries,
} from './gpu-libraries.ts'

/** Where the facts come from. */
export interface GpuSources {
  driverVersion(): Promise<string | undefined>
  /** The path of ONNX Runtime's CUDA provider. */
  provider(): Promise<string | undefined>
  linkedLibraries(provider: string): Promise<Library[]>
  /** Undefined where it cannot be loaded. */
  cudnn(): Promise<Library | undefined>
  chooseDevices(wish: DeviceWish): Promise<Devices>
}

/** The oldest driver for each version of CUDA: https://docs.nvidia.com/deploy/cuda-compatibility/ */
const oldestDrivers: Readonly<Record<number, number>> = { 12: 525, 13: 580 }

/** @returns one finding where nobody wants or has a GPU, else one for each thing that it takes. */
export async function checkGpu(wish: DeviceWish, sources: GpuSources = systemSources): Promise<Finding[]> {
  if (wish.useGpu === 'false') return [ok('GPU', 'not wanted (USE_GPU=false); models run on the CPU')]
  const driver = await sources.driverVersion()
  const provider = await sources.provider()
  if (wish.useGpu === 'auto' && driver === undefined) {
    return [ok('GPU', 'no NVIDIA driver is loaded; models run on the CPU')]
  }
  const complain = wish.useGpu === 'true' ? failure : warning
  const libraries = provider === undefined ? [] : await sources.linkedLibraries(provider)
  const major = cudaMajor(libraries)
  return [
    describeDriver(driver, major, complain),
    describeProvider(provider, major, complain),
    ...(await describeLibraries(libraries, major, complain)),
    ...(provider === undefined ? [] : [await describeCudnn(await sources.cudnn())]),
    await describeTrial(wish, sources, complain),
  ]
}

type Complain = typeof failure

function describeDriver(version: string | undefined, cuda: number | undefined, complain: Complain): Finding {
  const subject = 'NVIDIA driver'
  if (version === undefined) {
    return complain(
      subject,
      'not loaded',
      "Install NVIDIA's driver; a container needs the NVIDIA Container Toolkit and --gpus all as well. Or set USE_GPU=false.",
    )
  }
  const oldest = oldestDrivers[cuda ?? 0] ?? 0
  if (Number(version.split('.', 1)[0]) >= oldest) return ok(subject, version)
  return complain(subject, version, `CUDA ${cuda} needs driver ${oldest} or newer: upgrade it.`)
}

function describeProvider(path: string | undefined, cuda: number | undefined, complain: Complain): Finding {
  const subject = 'CUDA provider'
  if (path !== undefined) return ok(subject, `${basename(path)}, for CUDA ${cuda ?? '?'}`)
  return complain(subject, 'not installed', 'Install it as the README says under "GPU".')
}

async function describeLibraries(
  libraries: readonly Library[],
  cuda: number | undefined,
  complain: Complain,
): Promise<Finding[]> {
  const remedy = `Install CUDA ${cuda ?? ''} and have LD_LIBRARY_PATH name its folder; libcuda.so.1 comes with the driver.`
  return Promise.all(
    libraries.map(async (library) =>
      library.path === undefined
        ? complain(library.name, 'not found', remedy)
        : ok(library.name, await libraryVersion(library)),
    ),
  )
}

async function describeCudnn(library: Library | undefined): Promise<Finding> {
  if (library !== undefined) return ok(cudnn, await libraryVersion(library))
  return warning(
    cudnn,
    'not found',
    'Install cuDNN 9 for the same CUDA: Whisper and the voices need its convolutions.',
  )
}

/** Runs something on it, for real. */
async function describeTrial(wish: DeviceWish, sources: GpuSources, complain: Complain): Promise<Finding> {
  try {
    const { models, voices, shortfall } = await sources.chooseDevices(wish)
    const found = `models run on ${models}, voices on ${voices}`
    if (shortfall === undefined) return ok('GPU', found)
    return complain('GPU', found, capitalised(shortfall))
  } catch (error) {
    return failure('GPU', 'does not run anything', reasonOf(error))
  }
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** ONNX Runtime is loaded only when something is asked of it: where it cannot be, another check says so. */
const systemSources: GpuSources = {
  driverVersion,
  provider: async () => (await import('../models/device.ts')).providerLibrary('cuda'),
  linkedLibraries,
  async cudnn() {
    return canLoad(cudnn) ? { name: cudnn, path: await cachedPath(cudnn) } : undefined
  },
  chooseDevices: async (wish) => (await import('../models/device.ts')).chooseDevices(wish),
}
