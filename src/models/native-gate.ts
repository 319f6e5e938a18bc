/**
 * Keeps a worker from being torn down while native code runs in it. ONNX Runtime's binding ends the whole process when
 * its thread is terminated within a call, so the main thread first shuts the gate, and terminates only where nobody is
 * inside. Both sides write before they read (Dekker's algorithm), so neither can miss the other.
 */
import { VoxbridgeError } from '../errors.ts'

const [insideCell, shutCell] = [0, 1]

export class NativeGate {
  /** What the worker of the same gate is started with. */
  readonly memory: SharedArrayBuffer
  readonly #cells: Int32Array

  constructor(memory = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory
    this.#cells = new Int32Array(memory)
  }

  /** Whether native code runs, or may be about to. */
  get busy(): boolean {
    return Atomics.load(this.#cells, insideCell) > 0
  }

  /** From now on nobody gets in. */
  shut(): void {
    Atomics.store(this.#cells, shutCell, 1)
  }

  /** @throws VoxbridgeError ERR_ENGINE_GONE where it is shut. */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    Atomics.add(this.#cells, insideCell, 1)
    try {
      if (Atomics.load(this.#cells, shutCell) !== 0) {
        throw new VoxbridgeError('ERR_ENGINE_GONE', 'The engine is being closed.')
      }
      return await work()
    } finally {
      Atomics.sub(this.#cells, insideCell, 1)
    }
  }
}
