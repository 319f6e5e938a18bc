// @ts-check
/** Plays clauses of speech, one after the other. */

/**
 * @typedef {object} PlayerHandlers
 * @property {(clause: any, soundAt: number) => void} onClause its first sample sounds at `soundAt`, a `performance.now()`
 * @property {() => void} onChange after every report: more was played, or all of it
 *
 * @typedef {{ pcm: ArrayBuffer, clause: unknown }} Piece
 */

/** The worklet gets no more ahead of time, so that what waits here can still be dropped. */
const aheadSeconds = 4
/** Speech that may wait while the voice is paused; beyond it the oldest is skipped, and can be played again later. */
const maxWaitingSeconds = 300
/** Longer pieces are cut, so that the ring buffer of the worklet has room for each. */
const pieceSeconds = 1
/** For so long a room still echoes what was played. */
const echoMs = 300

export class Player {
  #handlers
  /** @type {AudioContext | undefined} */
  #context
  /** @type {AudioWorkletNode | undefined} */
  #node
  /** @type {GainNode | undefined} */
  #gain
  #sampleRate = 24000
  #volume = 1
  #paused = false
  /** @type {Piece[]} */
  #waiting = []
  #waitingSamples = 0
  /** Clauses by the mark that stands for them in the worklet. @type {unknown[]} */
  #clauses = []
  #sent = 0
  #played = 0
  /** Whether the last piece of the clause was given, which the worklet was not told yet. */
  #clauseEnded = false
  /** When the last sample that was sent was played. */
  #silentAt = -Infinity

  /** @param {PlayerHandlers} handlers */
  constructor(handlers) {
    this.#handlers = handlers
  }

  /** Whether speech sounds or is about to. */
  get playing() {
    return !this.#paused && this.queuedSeconds > 0
  }

  /** Whether a microphone beside the loudspeaker hears it, or its echo. */
  get audible() {
    const latencyMs = (this.#context?.outputLatency ?? 0) * 1000
    return this.playing || performance.now() < this.#silentAt + latencyMs + echoMs
  }

  /** Speech that is still to be heard. */
  get queuedSeconds() {
    return (this.#sent - this.#played + this.#waitingSamples) / this.#sampleRate
  }

  get paused() {
    return this.#paused
  }

  set paused(paused) {
    this.#paused = paused
    this.#node?.port.postMessage({ paused })
  }

  /** @param {number} volume 0 to 1, as loud as it seems */
  set volume(volume) {
    this.#volume = volume ** 2
    if (this.#gain) this.#gain.gain.setTargetAtTime(this.#volume, this.#gain.context.currentTime, 0.02)
  }

  /**
   * To be called after the visitor has pressed something. The context has the rate of the speech: the browser brings
   * it to that of the device.
   * @param {number} sampleRate
   * @throws Error where the worklet cannot be loaded
   */
  async open(sampleRate) {
    // There are no worklets, and no voice is offered.
    if (!window.isSecureContext) return
    if (this.#context && this.#sampleRate === sampleRate) return this.#context.resume()
    this.clear()
    void this.#context?.close()
    this.#node = undefined
    this.#sent = this.#played = 0
    this.#sampleRate = sampleRate
    const context = (this.#context = new AudioContext({ sampleRate, latencyHint: 'interactive' }))
    const module = new URL('playback-worklet.js', import.meta.url)
    const loaded = await context.audioWorklet.addModule(module).then(
      () => true,
      () => false,
    )
    if (this.#context !== context) return
    if (!loaded) {
      this.#context = undefined
      throw new Error('The voice cannot be played: the server does not answer. Captions go on.')
    }
    const node = new AudioWorkletNode(context, 'playback', { numberOfInputs: 0, outputChannelCount: [1] })
    const gain = new GainNode(context, { gain: this.#volume })
    node.connect(gain).connect(context.destination)
    node.port.onmessage = ({ data }) => this.#onReport(data)
    node.port.postMessage({ paused: this.#paused })
    this.#node = node
    this.#gain = gain
    this.#feed()
    return context.resume()
  }

  /**
   * @param {ArrayBuffer} pcm PCM16, left as it is
   * @param {unknown} clause that it belongs to
   */
  play(pcm, clause) {
    const pieceBytes = 2 * pieceSeconds * this.#sampleRate
    for (let start = 0; start < pcm.byteLength; start += pieceBytes) {
      this.#waiting.push({ pcm: pcm.slice(start, start + pieceBytes), clause })
    }
    this.#waitingSamples += pcm.byteLength / 2
    this.#clauseEnded = false
    while (this.#waitingSamples > maxWaitingSeconds * this.#sampleRate) this.#takeWaiting()
    this.#feed()
  }

  /** The last piece of a clause was given. */
  endClause() {
    this.#clauseEnded = true
    this.#feed()
  }

  /** Falls silent. */
  clear() {
    this.#waiting = []
    this.#waitingSamples = 0
    this.#node?.port.postMessage({ clear: true, end: true })
  }

  #takeWaiting() {
    const piece = this.#waiting.shift()
    if (piece) this.#waitingSamples -= piece.pcm.byteLength / 2
    return piece
  }

  #feed() {
    if (!this.#node) return
    while (this.#waiting.length > 0 && this.#sent - this.#played < aheadSeconds * this.#sampleRate) {
      const piece = /** @type {Piece} */ (this.#takeWaiting())
      if (this.#clauses.at(-1) !== piece.clause) this.#clauses.push(piece.clause)
      this.#sent += piece.pcm.byteLength / 2
      this.#node.port.postMessage({ pcm: piece.pcm, mark: this.#clauses.length - 1 }, [piece.pcm])
    }
    if (!this.#clauseEnded || this.#waiting.length > 0) return
    this.#clauseEnded = false
    this.#node.port.postMessage({ end: true })
  }

  /** @param {{ played: number, mark?: number, at?: number }} report */
  #onReport({ played, mark, at }) {
    this.#played = played
    if (this.#sent === played) this.#silentAt = performance.now()
    if (mark !== undefined && at !== undefined) this.#handlers.onClause(this.#clauses[mark], this.#timeOf(at))
    this.#feed()
    this.#handlers.onChange()
  }

  /** @param {number} contextTime @returns when that reaches the loudspeaker, as a `performance.now()` */
  #timeOf(contextTime) {
    const { contextTime: then = 0, performanceTime = 0 } = this.#context?.getOutputTimestamp() ?? {}
    return performanceTime > 0 ? performanceTime + (contextTime - then) * 1000 : performance.now()
  }
}
