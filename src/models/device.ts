/** Decides what the models run on: asks for a GPU as the configuration says, and finds out whether there is one. */
import { existsSync } from 'node:fs'
import { readFile, readdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Tensor } from 'onnxruntime-node'
import { VoxbridgeError } from '../errors.ts'
import { descriptionFile } from './installed.ts'
import { GraphBuilder } from './onnx/graph-builder.ts'
import { type Device, createSession } from './session.ts'

export interface DeviceWish {
  /** `true`: a GPU or no start; `auto`: a GPU where there is one. */
  readonly useGpu: 'auto' | 'true' | 'false'
  /** What runs the voices; `trt` is TensorRT. */
  readonly ttsRuntime: 'onnx' | 'trt'
}

export interface Devices {
  /** For what hears and translates. */
  readonly models: Device
  readonly voices: Device
  /** Why it is not what was wished for; undefined where it is. */
  readonly shortfall: string | undefined
}

/** Tells why a device cannot be used, and what would help; undefined where it can. */
export type Probe = (device: Device) => Promise<string | undefined>

/**
 * Tries what is wished for, for real, before any model is fetched or loaded.
 * @throws VoxbridgeError ERR_DEVICE with the reason and the remedy, unless `auto` lets the CPU do it
 */
export async function chooseDevices(
  { useGpu, ttsRuntime }: DeviceWish,
  probe: Probe = probeDevice,
): Promise<Devices> {
  if (useGpu === 'false') {
    if (ttsRuntime === 'onnx') return { models: 'cpu', voices: 'cpu', shortfall: undefined }
    throw new VoxbridgeError(
      'ERR_DEVICE',
      'TTS_RUNTIME=trt needs a GPU, which USE_GPU=false forbids: set USE_GPU=true, or TTS_RUNTIME=onnx.',
    )
  }
  const noCuda = await probe('cuda')
  if (noCuda !== undefined) {
    if (useGpu === 'auto') return { models: 'cpu', voices: 'cpu', shortfall: noCuda }
    throw new VoxbridgeError('ERR_DEVICE', `USE_GPU=true, but ${noCuda} Or set USE_GPU=auto.`)
  }
  if (ttsRuntime === 'onnx') return { models: 'cuda', voices: 'cuda', shortfall: undefined }
  const noTensorRt = await probe('tensorrt')
  if (noTensorRt === undefined) return { models: 'cuda', voices: 'tensorrt', shortfall: undefined }
  if (useGpu === 'auto') return { models: 'cuda', voices: 'cuda', shortfall: noTensorRt }
  throw new VoxbridgeError('ERR_DEVICE', `TTS_RUNTIME=trt, but ${noTensorRt} Or set TTS_RUNTIME=onnx.`)
}

/** Precisions that a GPU computes in; 8-bit graphs would go back and forth between it and the CPU. */
const gpuPrecisions: readonly unknown[] = ['fp16', 'fp32']

/**
 * The device of an installed model: a model in 8 bit, or one that does not tell its precision, stays on the CPU.
 * @throws VoxbridgeError ERR_MODEL_MISSING, ERR_MODEL_FORMAT
 */
export async function deviceOf(modelDir: string, wished: Device): Promise<Device> {
  if (wished === 'cpu') return 'cpu'
  const description = JSON.parse(await readFile(join(modelDir, descriptionFile), 'utf8')) as {
    precision?: unknown
  }
  return gpuPrecisions.includes(description.precision) ? wished : 'cpu'
}

const providers = {
  cuda: {
    title: "ONNX Runtime's CUDA provider",
    install: 'install it as the README says under "GPU".',
    libraries: 'the NVIDIA driver, CUDA and cuDNN must be there (nvidia-smi, LD_LIBRARY_PATH).',
  },
  tensorrt: {
    title: "ONNX Runtime's TensorRT provider",
    install: 'install it as the README says under "GPU".',
    libraries: 'the libraries of TensorRT must be there (LD_LIBRARY_PATH).',
  },
} as const

async function probeDevice(device: Device): Promise<string | undefined> {
  if (device === 'cpu') return undefined
  const { title, install, libraries } = providers[device]
  // ONNX Runtime itself would write pages about it to the terminal.
  if ((await providerLibrary(device)) === undefined) return `${title} is not installed: ${install}`
  try {
    await runSomething(device)
    return undefined
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return `${title} does not work here (${firstLine(reason)}): ${libraries}`
  }
}

/** The path of the library that brings ONNX Runtime to a device; undefined where it is not installed. */
export async function providerLibrary(device: 'cuda' | 'tensorrt'): Promise<string | undefined> {
  const packageDir = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'))
  const versions = await readdir(join(packageDir, 'bin'))
  return versions
    .map((version) => join(packageDir, 'bin', version, process.platform, process.arch))
    .map((dir) => join(dir, `libonnxruntime_providers_${device}.so`))
    .find((library) => existsSync(library))
}

async function runSomething(device: Device): Promise<void> {
  const graph = new GraphBuilder('probe')
  graph.input('x', 'float32', [1])
  graph.node('Add', ['x', 'x'], { outputs: ['y'] })
  graph.output('y', 'float32', [1])
  const session = await createSession(graph.build({ irVersion: 9, opset: 20 }), { threads: 1, device })
  try {
    await session.run({ x: new Tensor('float32', Float32Array.of(1), [1]) })
  } finally {
    await session.release()
  }
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? ''
}
