// @ts-check
/** A text that is typed goes the way of HTTP to its translation, and that by `speak` to the voice. */
import { ask } from './connection.js'
import { wordsOf } from './page.js'

/**
 * @typedef {import('./transcript.js').Line} Line
 * @typedef {import('./talk.js').Talk} Talk
 * @typedef {import('./pair-choice.js').PairChoice} PairChoice
 *
 * @typedef {object} TypedTextOptions
 * @property {import('./transcript.js').Transcript} transcript
 * @property {() => Talk | undefined} current the conversation that is going on
 * @property {(pair: PairChoice) => Talk} begin another one; called where there is none
 * @property {(translation: { text: string, language: string }) => void} onTranslation
 */

export class TypedText {
  #options
  /** These wait for a conversation that is ending. @type {Line[]} */
  #unspoken = []

  /** @param {TypedTextOptions} options */
  constructor(options) {
    this.#options = options
  }

  /**
   * @param {string} text
   * @param {PairChoice} pair that knows the language of the text
   */
  async translate(text, pair) {
    const { transcript, onTranslation } = this.#options
    const { typed: src, target: tgt, voice } = pair
    const line = transcript.addTyped(text, src)
    try {
      const answer = await ask('translate', { text, src, tgt })
      transcript.setTranslation(line, answer.text, tgt)
      onTranslation({ text: answer.text, language: tgt })
    } catch (error) {
      return transcript.failTyped(line, wordsOf(error))
    }
    if (voice) this.#speak(line, pair)
  }

  /** To be called when a conversation has ended. @param {PairChoice} pair @param {boolean} well or with a problem */
  onEnd(pair, well) {
    const waiting = well ? this.#unspoken : []
    this.#unspoken = []
    for (const line of waiting) this.#speak(line, pair)
  }

  /**
   * @param {Line} line
   * @param {PairChoice} pair
   */
  #speak(line, pair) {
    const { transcript, current, begin } = this.#options
    const message = transcript.speakMessage(line)
    const talk = current()
    if (talk?.isOpen) return talk.send(message)
    if (talk) return void this.#unspoken.push(line)
    const speaking = begin(pair)
    speaking.connect()
    speaking.send(message)
    speaking.finish()
  }
}
