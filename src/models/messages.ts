/** What crosses between the main thread and the worker of one engine. */
import { type ErrorCode, VoxbridgeError, toVoxbridgeError } from '../errors.ts'
import type { EngineOptions } from './engine.ts'

/** The worker's start data. */
export interface WorkerSettings {
  /** A name of `registry.ts`, or the `file:` URL of a module that exports an `engineModule`. */
  readonly engine: string
  readonly options: EngineOptions
  /** Of the thread's `NativeGate`. */
  readonly gate: SharedArrayBuffer
}

export type ToWorker =
  | {
      readonly type: 'run'
      readonly id: number
      readonly request: unknown
      /** One Int32; 1 means that nobody waits for the answer any more. */
      readonly cancel: SharedArrayBuffer
      /** Items that another worker has sent before it died: they are not sent again. */
      readonly skip: number
    }
  /** An item of the run was taken (or the run was cancelled): the worker may go on. */
  | { readonly type: 'taken'; readonly id: number }
  | { readonly type: 'close' }

export type FromWorker =
  | { readonly type: 'loaded'; readonly info: unknown }
  | { readonly type: 'load-failed'; readonly error: PortableError }
  | { readonly type: 'item'; readonly id: number; readonly item: unknown }
  | { readonly type: 'done'; readonly id: number }
  | { readonly type: 'failed'; readonly id: number; readonly error: PortableError }

/**
 * Items of one run that may be under way untaken. The engine waits when there are more, and everybody behind it
 * too, so the window is wide: a slow listener holds the engine only after so many pieces of audio.
 */
export const itemWindow = 64

/** An error as plain data: a structured clone would lose its code. */
export interface PortableError {
  readonly code: ErrorCode
  readonly message: string
}

export function packError(error: unknown): PortableError {
  const { code, message } = toVoxbridgeError(error, 'ERR_ENGINE')
  return { code, message }
}

export function unpackError({ code, message }: PortableError): VoxbridgeError {
  return new VoxbridgeError(code, message)
}
