// @ts-check
/**
 * Plays speech from a ring buffer. It begins when a little is there (the jitter margin), fades wherever sound begins
 * or breaks off, so that nothing clicks, and tells how far it is. Each piece carries a mark that comes back, with the
 * time, when its first sample is played.
 *
 * Takes `{ pcm, mark }`, `{ end: true }` behind a clause, `{ paused }` and `{ clear: true }`.
 */
const capacity = sampleRate * 10
const fadeStep = 1 / (sampleRate * 0.005)
const firstMargin = sampleRate * 0.04
const largestMargin = sampleRate * 0.3
const reportEvery = sampleRate / 10

class Playback extends AudioWorkletProcessor {
  #ring = new Float32Array(capacity)
  #written = 0
  #read = 0
  /** What lies before this is given up as soon as the sound is faded out. */
  #clearedTo = 0
  #gain = 0
  #paused = false
  /** Whether the clause that was written last is complete. */
  #ended = true
  #running = false
  #waited = 0
  #margin = firstMargin
  #underruns = 0
  #reported = 0
  /** @type {{ at: number, mark: number }[]} */
  #marks = []

  constructor() {
    super()
    this.port.onmessage = ({ data }) => {
      if (data.pcm) this.#write(new Int16Array(data.pcm), data.mark)
      if (data.end) this.#ended = true
      if (data.clear) this.#clearedTo = this.#written
      if ('paused' in data) this.#paused = data.paused
    }
  }

  /**
   * @param {Int16Array} pcm no more than there is room for
   * @param {number} mark
   */
  #write(pcm, mark) {
    this.#ended = false
    this.#marks.push({ at: this.#written, mark })
    for (const sample of pcm) this.#ring[this.#written++ % capacity] = sample / 32768
  }

  /**
   * @param {Float32Array[][]} _inputs
   * @param {Float32Array[][]} outputs
   */
  process(_inputs, [output]) {
    const [channel] = output ?? []
    if (!channel) return true
    if (!this.#running) this.#running = this.#mayBegin(channel.length)
    if (this.#running) this.#fill(channel)
    return true
  }

  /** @param {number} samples that pass while it waits */
  #mayBegin(samples) {
    const buffered = this.#written - this.#read
    if (buffered === 0 || this.#paused) return false
    this.#waited += samples
    return this.#ended || buffered >= this.#margin || this.#waited >= this.#margin
  }

  /** @param {Float32Array} channel */
  #fill(channel) {
    for (let index = 0; index < channel.length; index++) {
      const silenced = this.#paused || this.#read < this.#clearedTo
      const left = this.#written - this.#read
      const wanted = silenced ? 0 : Math.min(1, left * fadeStep)
      this.#gain += Math.max(-fadeStep, Math.min(fadeStep, wanted - this.#gain))
      if (silenced && this.#gain <= 0) {
        this.#skipCleared()
        if (this.#paused || left === 0) continue
      }
      if (this.#read === this.#written) break
      if (this.#marks[0]?.at === this.#read) this.#reportMark(index)
      channel[index] = /** @type {number} */ (this.#ring[this.#read++ % capacity]) * this.#gain
    }
    if (this.#read === this.#written) this.#stop()
    else if (this.#read - this.#reported >= reportEvery) this.#report({})
  }

  #skipCleared() {
    this.#read = Math.max(this.#read, this.#clearedTo)
    this.#marks = this.#marks.filter(({ at }) => at >= this.#read)
  }

  /** Who runs dry in the middle of a clause waits for more the next time. */
  #stop() {
    this.#running = false
    this.#waited = 0
    this.#gain = 0
    this.#marks = []
    if (!this.#ended) {
      this.#underruns++
      this.#margin = Math.min(largestMargin, this.#margin * 2)
    }
    this.#report({})
  }

  /** @param {number} index of the sample within this block */
  #reportMark(index) {
    const mark = this.#marks.shift()?.mark
    this.#report({ mark, at: currentTime + index / sampleRate })
  }

  /** @param {{ mark?: number | undefined, at?: number }} reached */
  #report(reached) {
    this.#reported = this.#read
    this.port.postMessage({ played: this.#read, underruns: this.#underruns, ...reached })
  }
}

registerProcessor('playback', Playback)
