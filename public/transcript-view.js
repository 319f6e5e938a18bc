// @ts-check
/** The lines of the conversation on the page: the source beside its translation. */

/**
 * @typedef {import('./transcript.js').Line} Line
 * @typedef {import('./transcript.js').Clause} Clause
 */

/** Who is nearer to the end than this is taken along when something is added. */
const nearEndPx = 120

export class TranscriptView {
  #list
  #scroller
  #template
  #announcer
  #actions
  /** @type {Map<Line, HTMLElement>} */
  #rows = new Map()
  /** @type {Clause | undefined} */
  #speaking

  /**
   * @param {{ list: HTMLElement, scroller: HTMLElement, template: HTMLTemplateElement, announcer: HTMLElement }} places
   * @param {{ replay: (line: Line) => void, copy: (line: Line) => void }} actions
   */
  constructor({ list, scroller, template, announcer }, actions) {
    this.#list = list
    this.#scroller = scroller
    this.#template = template
    this.#announcer = announcer
    this.#actions = actions
  }

  /** @param {Line} line */
  remove(line) {
    this.#rows.get(line)?.remove()
    this.#rows.delete(line)
  }

  /** @param {Line} line */
  show(line) {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller
    const follow = scrollHeight - scrollTop - clientHeight < nearEndPx
    const row = this.#rows.get(line) ?? this.#addRow(line)
    this.#showSource(part(row, '.source'), line)
    this.#showTarget(part(row, '.target'), line)
    const note = part(row, '.note')
    note.hidden = !line.note
    note.textContent = line.note?.words ?? ''
    note.classList.toggle('bad', line.note?.failed ?? false)
    part(row, '.replay').toggleAttribute('disabled', !line.clauses.some(({ pieces }) => pieces.length > 0))
    part(row, '.copy').toggleAttribute('disabled', line.target.text === '')
    if (follow) this.#scroller.scrollTop = this.#scroller.scrollHeight
  }

  /** @param {Clause | undefined} clause the one that sounds now */
  speak(clause) {
    const before = this.#speaking
    this.#speaking = clause
    for (const line of new Set([before?.line, clause?.line]))
      if (line && this.#rows.has(line)) this.show(line)
  }

  /** Has a screen reader say a translation. @param {{ text: string, language: string }} translation */
  announce({ text, language }) {
    this.#announcer.lang = language
    this.#announcer.textContent = text
  }

  /** @param {Line} line */
  #addRow(line) {
    const row = /** @type {DocumentFragment} */ (this.#template.content.cloneNode(true)).querySelector('li')
    if (!row) throw new Error('the template has no line')
    part(row, '.replay').addEventListener('click', () => this.#actions.replay(line))
    part(row, '.copy').addEventListener('click', () => this.#actions.copy(line))
    this.#list.append(row)
    this.#rows.set(line, row)
    return row
  }

  /**
   * What may still change is shown paler.
   * @param {HTMLElement} place
   * @param {Line} line
   */
  #showSource(place, { source: { text, language, stable, final } }) {
    place.lang = language
    const sure = final ? text.length : stable
    const unsure = document.createElement('span')
    unsure.className = 'unsure'
    unsure.textContent = text.slice(sure)
    place.replaceChildren(text.slice(0, sure), unsure)
  }

  /**
   * @param {HTMLElement} place
   * @param {Line} line
   */
  #showTarget(place, line) {
    const { text, language } = line.target
    place.lang = language
    place.replaceChildren(text)
    const clause = this.#speaking
    if (clause?.line !== line) return
    const { start, end } = findClause(text, clause)
    const mark = document.createElement('mark')
    mark.textContent = text.slice(start, end)
    place.replaceChildren(text.slice(0, start), mark, text.slice(end))
  }
}

/**
 * Clauses stand in the translation one behind the other; one that is not found stands for the whole.
 * @param {string} text
 * @param {Clause} clause
 */
function findClause(text, clause) {
  let end = 0
  for (const said of clause.line.clauses) {
    const start = text.indexOf(said.text, end)
    if (start < 0) break
    end = start + said.text.length
    if (said === clause) return { start, end }
  }
  return { start: 0, end: text.length }
}

/**
 * @param {HTMLElement} row
 * @param {string} selector
 */
function part(row, selector) {
  return /** @type {HTMLElement} */ (row.querySelector(selector))
}
