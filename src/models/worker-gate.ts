/** The gate of the thread that this runs in: that of its engine, or an open one where it is none of our workers. */
import { workerData } from 'node:worker_threads'
import { NativeGate } from './native-gate.ts'

export const workerGate = new NativeGate((workerData as { readonly gate?: SharedArrayBuffer } | null)?.gate)
