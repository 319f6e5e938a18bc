import './no-telemetry.ts'
import { InferenceSession } from 'onnxruntime-node'

export interface SessionOptions {
  /** Threads that one run may use. */
  readonly threads: number
}

/**
 * Loads an ONNX file.
 *
 * Spinning is off: with several sessions in one process the idle threads of one would otherwise take the core that
 * another needs.
 */
export async function createSession(
  model: string | Uint8Array,
  { threads }: SessionOptions,
): Promise<InferenceSession> {
  const options: InferenceSession.SessionOptions = {
    executionProviders: ['cpu'],
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
