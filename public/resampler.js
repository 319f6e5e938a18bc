// @ts-check
/**
 * Brings a signal to another rate, piece by piece: a windowed sinc (Kaiser, beta 9) with a filter for each phase that
 * the ratio of the rates has, as in Crochiere and Rabiner, "Multirate Digital Signal Processing", 1983. The cutoff
 * lies under the lower of the two Nyquist frequencies, so that nothing folds back into speech.
 */
const zeroCrossings = 24
const kaiserBeta = 9
const passband = 0.92

export class Resampler {
  #up
  #down
  #half
  /** @type {Float32Array[]} */
  #filters
  #buffer
  #filled
  /** Of the next output sample: its place in the buffer, and how far behind that in parts of `up`. */
  #position
  #phase = 0

  /**
   * @param {number} fromHz
   * @param {number} toHz
   */
  constructor(fromHz, toHz) {
    const divisor = commonDivisor(fromHz, toHz)
    this.#up = toHz / divisor
    this.#down = fromHz / divisor
    const cutoff = Math.min(1, toHz / fromHz) * passband
    this.#half = Math.ceil(zeroCrossings / cutoff)
    this.#filters = Array.from({ length: this.#up }, (_, phase) =>
      designFilter(phase / this.#up, this.#half, cutoff),
    )
    this.#buffer = new Float32Array(2 * this.#half + 1024)
    this.#position = this.#filled = this.#half - 1
  }

  /**
   * @param {Float32Array} input at most 1024 samples, the next of the signal
   * @param {(sample: number) => void} take given each sample of the output, delayed by half the filter
   */
  process(input, take) {
    this.#buffer.set(input, this.#filled)
    this.#filled += input.length
    while (this.#position + this.#half < this.#filled) {
      take(this.#filterAt(this.#position))
      this.#phase += this.#down
      this.#position += Math.floor(this.#phase / this.#up)
      this.#phase %= this.#up
    }
    const used = Math.min(this.#position - this.#half + 1, this.#filled)
    this.#buffer.copyWithin(0, used, this.#filled)
    this.#filled -= used
    this.#position -= used
  }

  /** @param {number} position */
  #filterAt(position) {
    const filter = /** @type {Float32Array} */ (this.#filters[this.#phase])
    const first = position - this.#half + 1
    let sum = 0
    for (let tap = 0; tap < filter.length; tap++) {
      sum += /** @type {number} */ (filter[tap]) * /** @type {number} */ (this.#buffer[first + tap])
    }
    return sum
  }
}

/**
 * @param {number} offset of the output behind the sample in the middle, 0 to 1
 * @param {number} half number of taps to each side
 * @param {number} cutoff as a share of the input's Nyquist frequency
 */
function designFilter(offset, half, cutoff) {
  const taps = Float32Array.from({ length: 2 * half }, (_, index) => {
    const distance = index - half + 1 - offset
    const window = besselI0(kaiserBeta * Math.sqrt(Math.max(0, 1 - (distance / half) ** 2)))
    const angle = Math.PI * cutoff * distance
    return window * (angle === 0 ? 1 : Math.sin(angle) / angle)
  })
  const gain = taps.reduce((sum, tap) => sum + tap, 0)
  return taps.map((tap) => tap / gain)
}

/** @param {number} x */
function besselI0(x) {
  let sum = 1
  let term = 1
  for (let k = 1; term > sum * 1e-10; k++) sum += term *= (x / (2 * k)) ** 2
  return sum
}

/**
 * @param {number} a
 * @param {number} b
 * @returns {number}
 */
function commonDivisor(a, b) {
  return b === 0 ? a : commonDivisor(b, a % b)
}
