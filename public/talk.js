// @ts-check
/**
 * From Start to the last word of the answer: what is heard goes to the server, captions go to the transcript, speech
 * to the player. Where the connection is lost and the server knows the session no more, another one is opened and the
 * transcript goes on.
 */
import { captureRateHz } from './capture.js'
import { Connection, whyRefused } from './connection.js'
import { wordsOf } from './page.js'

/**
 * @typedef {import('./connection.js').ChannelSettings} ChannelSettings
 * @typedef {import('./transcript.js').Transcript} Transcript
 *
 * @typedef {object} TalkOptions
 * @property {() => ChannelSettings} settings as they are now
 * @property {Transcript} transcript
 * @property {import('./player.js').Player} player
 * @property {() => boolean} isMuted whether silence is sent in place of what is heard
 * @property {() => Promise<string | undefined>} whyUnsupported
 * @property {(level: number) => void} onLevel
 * @property {(message: any) => void} onMessage after it was dealt with here
 * @property {(words: string) => void} onProblem that concerns no line of the transcript
 * @property {(state: TalkState, words?: string) => void} onState
 * @property {(problem: string | undefined) => void} onEnd
 *
 * @typedef {'starting' | 'listening' | 'lost' | 'finishing'} TalkState
 */

const frameMs = 20
const firstRetryMs = 500
const lastRetryMs = 5000

export class Talk {
  #options
  /** @type {import('./capture.js').Capture | undefined} */
  #capture
  /** @type {Connection | undefined} */
  #connection
  /** What the audio belongs to that comes now. @type {import('./transcript.js').Clause | undefined} */
  #clause
  #hasAudio = false
  #wasReady = false
  #attempts = 0
  /** How often a microphone was asked for: the one that was asked for last is heard. */
  #captures = 0
  #slow = false
  #finishing = false
  #over = false

  /** @param {TalkOptions} options */
  constructor(options) {
    this.#options = options
    options.onState('starting')
  }

  /** Opens the connection, if there is none; what is sent before it stands is kept. */
  connect() {
    if (this.#connection || this.#over) return
    const { player, settings, transcript } = this.#options
    transcript.beginConnection()
    this.#hasAudio = false
    this.#connection = new Connection(settings(), captureRateHz, {
      onMessage: (message) => this.#receive(message),
      onAudio: (pcm) => {
        if (!this.#clause) return
        transcript.addAudio(this.#clause, pcm)
        player.play(pcm, this.#clause)
      },
      onDrop: (words) => this.#options.onState('lost', words),
      onBack: (lost) => this.#onBack(lost),
      onEnd: (ending) => this.#onEnd(ending),
    })
  }

  /**
   * Listens to another microphone than before, or to the first.
   * @param {import('./capture.js').OpenCapture} openCapture
   */
  async listen(openCapture) {
    this.#closeCapture()
    const number = ++this.#captures
    const capture = await openCapture((pcm, level) => this.#onFrame(pcm, level))
    if (this.#over || this.#finishing || number < this.#captures) return capture.close()
    this.#capture = capture
    this.connect()
    this.#showListening()
  }

  /** @param {object} message of the protocol */
  send(message) {
    this.#connection?.send(message)
  }

  /** Holds for what is said from now on. @param {ChannelSettings} settings */
  configure({ voice, ...others }) {
    this.send({ type: 'config', ...others, ...(voice && { voice }) })
  }

  /** Whether audio waits for the line. */
  get isSlow() {
    return this.#slow
  }

  /** Whether it still takes what is sent. */
  get isOpen() {
    return !this.#finishing && !this.#over
  }

  /** Whether it listens to something, or asks for it. */
  get isListening() {
    return this.isOpen && this.#captures > 0
  }

  /** No more is heard; what was heard is answered still. */
  finish() {
    if (this.#finishing || !this.#connection) return this.stop()
    this.#finishing = true
    this.#closeCapture()
    this.#connection.finish()
    this.#options.onState('finishing')
  }

  /** Ends it now. @param {string} [problem] */
  stop(problem) {
    if (this.#over) return
    this.#over = true
    this.#closeCapture()
    this.#connection?.abort()
    this.#options.transcript.interrupt()
    this.#options.onEnd(problem)
  }

  /** Once the server is ready and, in a talk that is spoken, the microphone is open. */
  #showListening() {
    const isHeard = this.#captures === 0 || this.#capture !== undefined
    if (isHeard && !this.#finishing && this.#connection?.isReady) this.#options.onState('listening')
  }

  #closeCapture() {
    this.#capture?.close()
    this.#capture = undefined
  }

  /**
   * @param {ArrayBuffer} pcm
   * @param {number} level
   */
  #onFrame(pcm, level) {
    const { isMuted, onLevel, onState, transcript } = this.#options
    const muted = isMuted()
    onLevel(muted ? 0 : level)
    if (!this.#connection || this.#finishing) return
    if (!this.#hasAudio) transcript.beginAudio(performance.now() - frameMs)
    this.#hasAudio = true
    this.#connection.sendAudio(muted ? new ArrayBuffer(pcm.byteLength) : pcm)
    const slow = this.#connection?.isSlow ?? false
    if (slow === this.#slow) return
    this.#slow = slow
    onState('listening')
  }

  /** @param {any} message */
  #receive(message) {
    const { onMessage, onProblem, player, transcript } = this.#options
    switch (message.type) {
      case 'ready':
        this.#wasReady = true
        this.#attempts = 0
        transcript.sampleRate = message.output.sampleRate
        player.open(message.output.sampleRate).catch((error) => onProblem(wordsOf(error)))
        this.#showListening()
        break
      case 'speech_end':
        transcript.endSpeech(message)
        break
      case 'transcript':
        transcript.hear(message)
        break
      case 'translation':
        transcript.translate(message)
        break
      case 'audio_start':
        this.#clause = transcript.beginClause(message)
        break
      case 'audio_end':
        player.endClause()
        break
      case 'latency':
        transcript.setLatency(message)
        break
      case 'error':
        // A server that goes away is told of while it is gone, and no longer.
        if (!transcript.fail(message) && message.code !== 'ERR_NOT_READY') onProblem(message.message)
        break
    }
    onMessage(message)
  }

  /** The line is back. @param {boolean} lost whether not all could be fetched */
  #onBack(lost) {
    const { onProblem, onState } = this.#options
    if (lost) {
      this.#clause = undefined
      onProblem('The connection was away for so long that a part of the answer is lost.')
    }
    if (this.#finishing) onState('finishing')
    else this.#showListening()
  }

  /** @param {import('./connection.js').Ending} ending */
  #onEnd({ kind, wasReady, words }) {
    this.#connection = undefined
    this.#slow = false
    this.#options.player.endClause()
    if (this.#finishing || kind !== 'lost') return this.stop(kind === 'done' ? undefined : words)
    this.#options.transcript.interrupt()
    void this.#retry(wasReady, words)
  }

  /**
   * @param {boolean} wasReady
   * @param {string} words
   */
  async #retry(wasReady, words) {
    if (!wasReady) {
      const why = await whyRefused(this.#options.whyUnsupported)
      if (!why.retry || !this.#wasReady) return this.stop(why.words)
      words = why.words
    }
    if (this.#over) return
    this.#options.onState('lost', words)
    const waitMs = Math.min(lastRetryMs, firstRetryMs * 2 ** this.#attempts++)
    await new Promise((resolve) => setTimeout(resolve, waitMs))
    this.connect()
  }
}
