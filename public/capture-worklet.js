// @ts-check
/** Turns what the microphone hears into frames of 20 ms, mono PCM16, at the rate of the device. */

const frameSamples = Math.round(sampleRate * 0.02)

class Capture extends AudioWorkletProcessor {
  #frame = new Int16Array(frameSamples)
  #filled = 0
  #sumOfSquares = 0

  /** @param {Float32Array[][]} inputs */
  process([input]) {
    const samples = input?.[0]
    if (!samples) return true
    for (const sample of samples) {
      const clipped = Math.max(-1, Math.min(1, sample))
      this.#frame[this.#filled++] = Math.round(clipped * 32767)
      this.#sumOfSquares += clipped * clipped
      if (this.#filled === frameSamples) this.#send()
    }
    return true
  }

  #send() {
    const pcm = this.#frame.buffer
    const level = Math.sqrt(this.#sumOfSquares / frameSamples)
    this.port.postMessage({ pcm, level }, [pcm])
    this.#frame = new Int16Array(frameSamples)
    this.#filled = 0
    this.#sumOfSquares = 0
  }
}

registerProcessor('capture', Capture)
