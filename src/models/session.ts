import './no-telemetry.ts'
import { InferenceSession } from 'onnxruntime-node'

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
  return typeof model === 'string'
    ? InferenceSession.create(model, options)
    : InferenceSession.create(model, options)
}
