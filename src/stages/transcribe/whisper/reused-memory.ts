/**
 * Memory for one array at a time. V8 collects large arrays late: of a large model, gigabytes of them would lie about
 * before it does.
 */
export class ReusedMemory {
  #buffer = new ArrayBuffer(0)

  /** Ends the use of the array before. What is in the new one is not said. */
  float32(length: number): Float32Array {
    return new Float32Array(this.#atLeast(4 * length), 0, length)
  }

  uint16(length: number): Uint16Array {
    return new Uint16Array(this.#atLeast(2 * length), 0, length)
  }

  int8(length: number): Int8Array {
    return new Int8Array(this.#atLeast(length), 0, length)
  }

  #atLeast(lengthBytes: number): ArrayBuffer {
    if (this.#buffer.byteLength < lengthBytes) this.#buffer = new ArrayBuffer(lengthBytes)
    return this.#buffer
  }
}
