// @ts-check
/** Hands on what the microphone hears as PCM16 at 16 kHz, in frames of 20 ms. */
import { Resampler } from './resampler.js'

const rateHz = 16000
const frameSamples = rateHz / 50

class Capture extends AudioWorkletProcessor {
  #resampler = new Resampler(sampleRate, rateHz)
  #frame = new Int16Array(frameSamples)
  #filled = 0
  #energy = 0

  /** @param {Float32Array[][]} inputs */
  process([input]) {
    const [channel] = input ?? []
    if (channel) this.#resampler.process(channel, this.#take)
    return true
  }

  /** @param {number} sample */
  #take = (sample) => {
    const limited = Math.max(-1, Math.min(1, sample))
    this.#frame[this.#filled++] = Math.round(limited * 32767)
    this.#energy += limited * limited
    if (this.#filled === frameSamples) this.#send()
  }

  #send() {
    const pcm = this.#frame.buffer
    this.port.postMessage({ pcm, level: Math.sqrt(this.#energy / frameSamples) }, [pcm])
    this.#frame = new Int16Array(frameSamples)
    this.#filled = 0
    this.#energy = 0
  }
}

registerProcessor('capture', Capture)
