// @ts-check
/** The list of what was said: the source beside its translation. */

export class Captions {
  #list
  /** @type {Map<number, HTMLLIElement>} */
  #rows = new Map()

  /** @param {HTMLElement} list */
  constructor(list) {
    this.#list = list
  }

  /** Segments of the next connection begin at nought again; what was said before stays. */
  startConversation() {
    this.#rows.clear()
  }

  /**
   * What may still change is shown paler; where nothing was said in the end, nothing stays.
   * @param {{ segment: number, text: string, language: string, final: boolean, stable: number }} transcript
   */
  setSource({ segment, text, language, final, stable }) {
    if (text === '') {
      this.#rows.get(segment)?.remove()
      this.#rows.delete(segment)
      return
    }
    const place = this.#fill(segment, '.source', text, language)
    if (final) return
    const unsure = document.createElement('span')
    unsure.className = 'unsure'
    unsure.textContent = text.slice(stable)
    place.replaceChildren(text.slice(0, stable), unsure)
  }

  /** @param {{ segment: number, text: string, language: string, clause: number }} translation */
  addTranslation({ segment, text, language, clause }) {
    const said = clause === 0 ? '' : (this.#row(segment).querySelector('.target')?.textContent ?? '')
    this.#fill(segment, '.target', `${said} ${text}`.trim(), language)
  }

  /**
   * @param {number} segment
   * @param {string} text
   * @param {{ bad?: boolean }} [options]
   */
  setNote(segment, text, { bad = false } = {}) {
    const note = this.#fill(segment, '.note', text, '')
    note.classList.toggle('bad', bad)
  }

  /** @param {number | undefined} segment the one that is being spoken */
  markSpoken(segment) {
    for (const row of this.#list.querySelectorAll('li')) delete row.dataset['spoken']
    const row = segment === undefined ? undefined : this.#rows.get(segment)
    if (row) row.dataset['spoken'] = 'now'
  }

  /**
   * @param {number} segment
   * @param {string} part
   * @param {string} text
   * @param {string} language
   * @returns {HTMLElement}
   */
  #fill(segment, part, text, language) {
    const row = this.#row(segment)
    const place = /** @type {HTMLElement} */ (row.querySelector(part))
    place.textContent = text
    place.hidden = false
    if (language) place.lang = language
    row.scrollIntoView({ block: 'nearest', behavior: 'smooth' })
    return place
  }

  /** @param {number} segment */
  #row(segment) {
    const known = this.#rows.get(segment)
    if (known) return known
    const row = document.createElement('li')
    for (const name of ['source', 'target', 'note']) {
      const place = document.createElement('p')
      place.className = name
      place.hidden = name === 'note'
      row.append(place)
    }
    this.#list.append(row)
    this.#rows.set(segment, row)
    return row
  }
}
