/** All checks, in the order in which one depends on the other. */
import type { Config } from '../config.ts'
import { toVoxbridgeError } from '../errors.ts'
import type { Devices } from '../models/device.ts'
import type { ModelSelection } from '../models/selection.ts'
import { checkDisk } from './disk.ts'
import { checkDoors } from './doors.ts'
import { type Finding, failure } from './finding.ts'
import { checkGpu } from './gpu.ts'
import { checkGlibc, checkMemory, checkNode, checkProcessor } from './machine.ts'
import { checkNativeModule, nativeModules } from './native-modules.ts'
import { checkPackageClient, packageClients } from './package-clients.ts'

/** Yields what is found as soon as it is. Loads nothing that a check before has found to be broken. */
export async function* examine(
  config: Config,
  options: { readonly signal: AbortSignal },
): AsyncGenerator<Finding> {
  yield checkNode()
  yield checkGlibc()
  yield checkProcessor()
  yield await checkDoors(config)
  let sound = true
  for (const module of nativeModules) {
    const finding = await checkNativeModule(module)
    sound &&= finding.state === 'ok'
    yield finding
  }
  // The rest is done by ONNX Runtime.
  if (!sound) return
  yield* await checkGpu(config)
  yield* checkModelFiles(config, options)
}

async function* checkModelFiles(
  config: Config,
  options: { readonly signal: AbortSignal },
): AsyncGenerator<Finding> {
  const { modelsDir } = config
  try {
    const devices = await availableDevices(config)
    const { checkModels } = await import('./installed.ts')
    const state = await checkModels(config, { gpu: devices.models !== 'cpu' })
    yield checkMemory(state.installedBytes + state.missingBytes)
    yield await checkDisk(modelsDir, state.missingBytes)
    for (const client of packageClients) yield await checkPackageClient(client, state.missingBytes > 0)
    yield* state.findings
    const { tryModels } = await import('./model-trials.ts')
    yield* tryModels({ config, devices, selection: only(state.selection, state.intact) }, options)
  } catch (error) {
    yield failure('Models', toVoxbridgeError(error).message, 'Correct it, and run the doctor again.')
  }
}

/** What the models run on; where the GPU that is asked for cannot be had, which another check tells, the CPU. */
async function availableDevices(config: Config): Promise<Pick<Devices, 'models' | 'voices'>> {
  const { chooseDevices } = await import('../models/device.ts')
  return chooseDevices(config).catch(() => ({ models: 'cpu', voices: 'cpu' }))
}

function only(selection: ModelSelection, intact: ReadonlySet<string>): ModelSelection {
  const kept = (names: readonly string[]): string[] => names.filter((name) => intact.has(name))
  const [recognizer = ''] = kept([selection.recognizer])
  return {
    vad: kept(selection.vad),
    turnDetectors: kept(selection.turnDetectors),
    recognizer,
    translators: kept(selection.translators),
    voices: kept(selection.voices),
  }
}
