// @ts-check
/** What was said in this page, over all its connections, with the speech that came for it. */

/**
 * @typedef {object} Clause a stretch of speech
 * @property {Line} line
 * @property {string} text
 * @property {ArrayBuffer[]} pieces PCM16
 *
 * @typedef {object} Line
 * @property {number} id
 * @property {number} startMs since the conversation began, as `endMs`
 * @property {number} endMs
 * @property {{ text: string, language: string, stable: number, final: boolean }} source
 * @property {{ text: string, language: string }} target
 * @property {Clause[]} clauses
 * @property {{ words: string, failed: boolean } | undefined} note
 * @property {any} latency the first that the server has told
 * @property {number | undefined} heardMs from the last word to the first sound in this page
 */

/** The sequence numbers of typed lines lie beyond those that the server gives. */
const typedSequence = 1_000_000
/** The oldest lines lose their speech beyond this: half an hour of it. */
const maxAudioBytes = 30 * 60 * 48_000

export class Transcript {
  /** @type {Line[]} */
  lines = []
  sampleRate = 24000
  #onChange
  #ids = 0
  #startedAt = 0
  /** Where the connection's audio begins. */
  #originAt = 0
  /** @type {Map<number, Line>} */
  #segments = new Map()
  /** When the speech of a segment ended. @type {Map<number, number>} */
  #endedAt = new Map()
  #audioBytes = 0

  /** @param {(line: Line, removed: boolean) => void} onChange */
  constructor(onChange) {
    this.#onChange = onChange
  }

  /** Segments of a new connection are numbered from the start; what was said before stays. */
  beginConnection() {
    this.#segments.clear()
    this.#endedAt.clear()
    this.beginAudio(performance.now())
  }

  /** @param {number} originAt `performance.now()` at the first sample of the connection */
  beginAudio(originAt) {
    this.#startedAt ||= originAt
    this.#originAt = originAt
  }

  /** The connection was lost: what was not finished stays as it is. */
  interrupt() {
    for (const line of this.#segments.values()) {
      if (line.source.final) continue
      line.source.final = true
      this.#note(line, 'Interrupted: the connection was lost.', true)
    }
    this.#segments.clear()
  }

  /** @param {{ segment: number, text: string, language: string, stable: number, final: boolean, startMs: number, endMs: number }} message */
  hear({ segment, text, language, stable, final, startMs, endMs }) {
    if (text === '' && final) return this.#remove(segment)
    const line = this.#lineOf(segment)
    line.source = { text, language, stable, final }
    line.startMs = this.#originAt - this.#startedAt + startMs
    line.endMs = this.#originAt - this.#startedAt + endMs
    this.#onChange(line, false)
  }

  /** @param {{ segment: number, endMs: number }} message */
  endSpeech({ segment, endMs }) {
    this.#endedAt.set(segment, this.#originAt + endMs)
  }

  /** @param {{ segment: number, text: string, language: string, clause: number }} message */
  translate({ segment, text, language, clause }) {
    if (text === '') return
    this.setTranslation(this.#lineOf(segment), text, language, clause > 0)
  }

  /** @param {{ segment: number, sequence: number, text: string }} message @returns {Clause | undefined} */
  beginClause({ segment, sequence, text }) {
    const id = sequence - typedSequence
    const line = id >= 0 ? this.lines.find((line) => line.id === id) : this.#segments.get(segment)
    if (!line) return undefined
    const clause = { line, text, pieces: [] }
    line.clauses.push(clause)
    return clause
  }

  /**
   * @param {Clause} clause
   * @param {ArrayBuffer} pcm
   */
  addAudio({ line, pieces }, pcm) {
    pieces.push(pcm)
    if (pieces.length === 1) this.#onChange(line, false)
    this.#audioBytes += pcm.byteLength
    if (this.#audioBytes > maxAudioBytes) this.#forgetAudio()
  }

  #forgetAudio() {
    for (const line of this.lines) {
      const pieces = line.clauses.flatMap((clause) => clause.pieces.splice(0))
      if (pieces.length === 0) continue
      this.#audioBytes -= pieces.reduce((sum, { byteLength }) => sum + byteLength, 0)
      this.#onChange(line, false)
      if (this.#audioBytes <= maxAudioBytes) return
    }
  }

  /** @param {{ segment: number }} latency as the server tells it */
  setLatency(latency) {
    const line = this.#segments.get(latency.segment)
    if (line) line.latency ??= latency
  }

  /**
   * The first sound of a clause.
   * @param {Clause} clause
   * @param {number} soundAt
   */
  sound({ line, text }, soundAt) {
    const [segment] = [...this.#segments].find(([, candidate]) => candidate === line) ?? []
    const endedAt = segment === undefined ? undefined : this.#endedAt.get(segment)
    if (endedAt === undefined || line.heardMs !== undefined || line.clauses[0]?.text !== text) return
    line.heardMs = soundAt - endedAt
    performance.measure('voxbridge:first-sound', { start: endedAt, end: soundAt })
  }

  /** @param {{ segment?: number, message: string }} error @returns whether it concerns a line */
  fail({ segment, message }) {
    const line = segment === undefined ? undefined : this.#segments.get(segment)
    if (line) this.#note(line, message, true)
    return line !== undefined
  }

  /**
   * @param {string} text
   * @param {string} language
   */
  addTyped(text, language) {
    this.#startedAt ||= performance.now()
    const startMs = performance.now() - this.#startedAt
    const line = this.#add({ text, language, stable: text.length, final: true }, startMs)
    this.#onChange(line, false)
    return line
  }

  /** @param {Line} line @returns {object} the message that has it said */
  speakMessage({ id, target: { text, language } }) {
    return { type: 'speak', text, language, sequence: typedSequence + id, final: true }
  }

  /**
   * @param {Line} line
   * @param {string} text
   * @param {string} language
   * @param {boolean} more whether it comes behind what there is
   */
  setTranslation(line, text, language, more = false) {
    const whole = more ? `${line.target.text} ${text}` : text
    line.target = { text: whole.replace(/\s+/gu, ' ').trim(), language }
    this.#onChange(line, false)
  }

  /**
   * @param {Line} line
   * @param {string} words
   */
  failTyped(line, words) {
    this.#note(line, words, true)
  }

  /**
   * @param {Line} line
   * @param {string} words
   * @param {boolean} failed
   */
  #note(line, words, failed) {
    line.note = { words, failed }
    this.#onChange(line, false)
  }

  /** @param {number} segment */
  #lineOf(segment) {
    const known = this.#segments.get(segment)
    if (known) return known
    const line = this.#add(
      { text: '', language: '', stable: 0, final: false },
      performance.now() - this.#startedAt,
    )
    this.#segments.set(segment, line)
    return line
  }

  /**
   * @param {Line['source']} source
   * @param {number} startMs
   */
  #add(source, startMs) {
    /** @type {Line} */
    const line = {
      id: this.#ids++,
      startMs,
      endMs: startMs,
      source,
      target: { text: '', language: '' },
      clauses: [],
      note: undefined,
      latency: undefined,
      heardMs: undefined,
    }
    this.lines.push(line)
    return line
  }

  /** @param {number} segment in which nothing was said in the end */
  #remove(segment) {
    const line = this.#segments.get(segment)
    if (!line) return
    this.#segments.delete(segment)
    this.lines = this.lines.filter((other) => other !== line)
    this.#onChange(line, true)
  }
}
