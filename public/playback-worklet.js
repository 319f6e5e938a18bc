// @ts-check
/**
 * Plays speech from a ring buffer. Pieces arrive faster than they are played, so the ring holds a minute; what does
 * not fit is lost and counted. Each piece may carry a mark that comes back when its first sample is played.
 */

const capacity = sampleRate * 60
const reportEvery = sampleRate / 10

class Playback extends AudioWorkletProcessor {
  #ring = new Float32Array(capacity)
  #written = 0
  #played = 0
  #lost = 0
  #reported = 0
  #wasPlaying = false
  /** @type {{ at: number, mark: number }[]} */
  #marks = []

  constructor() {
    super()
    this.port.onmessage = ({ data }) => {
      if (data === 'clear') this.#clear()
      else this.#write(new Int16Array(data.pcm), data.mark)
    }
  }

  /**
   * @param {Int16Array} pcm
   * @param {number} mark
   */
  #write(pcm, mark) {
    const room = capacity - (this.#written - this.#played)
    const taken = Math.min(room, pcm.length)
    this.#lost += pcm.length - taken
    if (this.#marks.at(-1)?.mark !== mark) this.#marks.push({ at: this.#written, mark })
    for (let index = 0; index < taken; index++) {
      this.#ring[this.#written++ % capacity] = /** @type {number} */ (pcm[index]) / 32768
    }
  }

  #clear() {
    this.#written = this.#played
    this.#marks = []
  }

  /**
   * @param {Float32Array[][]} _inputs
   * @param {Float32Array[][]} outputs
   */
  process(_inputs, [output]) {
    const [first, ...others] = output ?? []
    if (!first) return true
    const count = Math.min(first.length, this.#written - this.#played)
    for (let index = 0; index < count; index++) {
      first[index] = /** @type {number} */ (this.#ring[this.#played++ % capacity])
    }
    for (const channel of others) channel.set(first)
    this.#report(count > 0)
    return true
  }

  /** @param {boolean} playing */
  #report(playing) {
    const next = this.#marks[0]
    const reached = next !== undefined && this.#played > next.at
    const due = playing !== this.#wasPlaying || this.#played - this.#reported >= reportEvery
    if (!reached && !due) return
    if (reached) this.#marks.shift()
    this.#wasPlaying = playing
    this.#reported = this.#played
    this.port.postMessage({
      playing,
      played: this.#played,
      lost: this.#lost,
      mark: reached ? next.mark : undefined,
    })
  }
}

registerProcessor('playback', Playback)
