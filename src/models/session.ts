import './no-telemetry.ts'
import { existsSync } from 'node:fs'
import { InferenceSession } from 'onnxruntime-node'
import { VoxbridgeError } from '../errors.ts'
import { workerGate } from './worker-gate.ts'

/** What a model runs on. `tensorrt` builds an engine for the GPU at hand, `cuda` runs the graph as it is. */
export type Device = 'cpu' | 'cuda' | 'tensorrt'

export interface SessionOptions {
  /** Threads that one run may use, of what runs on the CPU. */
  readonly threads: number
  /** The CPU where it is not said. */
  readonly device?: Device
}

/** What a provider cannot compute falls to the next. */
const executionProviders = {
  cpu: ['cpu'],
  cuda: ['cuda', 'cpu'],
  tensorrt: ['tensorrt', 'cuda', 'cpu'],
} as const satisfies Record<Device, readonly string[]>

/**
 * Loads an ONNX file.
 *
 * Spinning is off: with several sessions in one process the idle threads of one would otherwise take the core that
 * another needs.
 */
export async function createSession(
  model: string | Uint8Array,
  { threads, device = 'cpu' }: SessionOptions,
): Promise<InferenceSession> {
  const options: InferenceSession.SessionOptions = {
    executionProviders: [...executionProviders[device]],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
  }
  const session = await workerGate.pass(() =>
    typeof model === 'string'
      ? InferenceSession.create(model, options).catch((error: unknown) => {
          throw explainLoadError(model, error)
        })
      : InferenceSession.create(model, options),
  )
  return guarded(session)
}

/** Says of a file that does not load what would help; ONNX Runtime names the file, in front of its reason, itself. */
function explainLoadError(path: string, error: unknown): VoxbridgeError {
  if (!existsSync(path)) {
    const message = `${path} is missing: install the model again (npm run models).`
    return new VoxbridgeError('ERR_MODEL_MISSING', message, { cause: error })
  }
  const reason = (error instanceof Error ? error.message : String(error)).replace(
    /^Load model from .* failed:/,
    '',
  )
  const message = `${path} cannot be loaded: ${reason.replace(/\.$/, '')}. Where it is damaged, install the model again (npm run models).`
  return new VoxbridgeError('ERR_MODEL_FORMAT', message, { cause: error })
}

/** Lets its calls into native code pass the gate of the thread. */
function guarded(session: InferenceSession): InferenceSession {
  const run = session.run.bind(session) as (...args: unknown[]) => ReturnType<InferenceSession['run']>
  const release = session.release.bind(session)
  session.run = (...args: unknown[]) => workerGate.pass(() => run(...args))
  session.release = () => workerGate.pass(release)
  return session
}
