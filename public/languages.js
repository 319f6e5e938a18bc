// @ts-check
/** What the server can hear, translate and speak, and the two pickers for it. */

/**
 * @typedef {{ src: string[], tgt: string[] }} Route each source goes into each target but itself
 * @typedef {object} Languages
 * @property {Route[]} routes
 * @property {Set<string>} spoken
 */

const names = new Intl.DisplayNames([navigator.language, 'en'], { type: 'language' })

/** @param {string} code */
export const languageName = (code) => names.of(code) ?? code

/** @returns {Promise<Languages>} */
export async function fetchLanguages() {
  const response = await fetch(new URL('languages', document.baseURI))
  if (!response.ok) throw new Error(`the server answered ${response.status}`)
  const { hear, translate, speak } = await response.json()
  const heard = new Set(hear.map((/** @type {{ code: string }} */ { code }) => code))
  return {
    routes: translate.map((/** @type {Route} */ { src, tgt }) => ({
      src: src.filter((code) => heard.has(code)),
      tgt,
    })),
    spoken: new Set(speak.map((/** @type {{ code: string }} */ { code }) => code)),
  }
}

export class LanguagePickers {
  #source
  #target
  #swap
  /** @type {Languages} */
  #languages = { routes: [], spoken: new Set() }
  #onChange

  /**
   * @param {HTMLSelectElement} source
   * @param {HTMLSelectElement} target
   * @param {HTMLButtonElement} swap
   * @param {() => void} onChange
   */
  constructor(source, target, swap, onChange) {
    this.#source = source
    this.#target = target
    this.#swap = swap
    this.#onChange = onChange
    source.addEventListener('change', () => this.#select(source.value, target.value))
    target.addEventListener('change', () => this.#select(source.value, target.value))
    swap.addEventListener('click', () => this.#select(target.value, source.value))
  }

  get source() {
    return this.#source.value
  }

  get target() {
    return this.#target.value
  }

  /** Whether there is a voice for the target language; without one there are captions alone. */
  get targetIsSpoken() {
    return this.#languages.spoken.has(this.target)
  }

  /** Whether there is a voice for the source language. */
  get sourceIsSpoken() {
    return this.#languages.spoken.has(this.source)
  }

  /** @param {Languages} languages */
  offer(languages) {
    this.#languages = languages
    const sources = languages.routes.flatMap(({ src }) => src)
    const [first] = sources
    if (first === undefined) throw new Error('the server has no language pair')
    const own = navigator.language.slice(0, 2)
    fill(this.#source, sources)
    const source = sources.includes(own) ? own : first
    const [anyTarget = ''] = this.#targetsOf(source)
    const target = this.#targetsOf(source).find((code) => languages.spoken.has(code)) ?? anyTarget
    this.#select(source, target)
  }

  /** @param {boolean} enabled */
  enable(enabled) {
    this.#source.disabled = this.#target.disabled = !enabled
    this.#swap.disabled = !enabled || !this.#has(this.target, this.source)
  }

  /**
   * @param {string} source
   * @param {string} target
   */
  #has(source, target) {
    return this.#targetsOf(source).includes(target)
  }

  /** @param {string} source */
  #targetsOf(source) {
    const routes = this.#languages.routes.filter(({ src }) => src.includes(source))
    return routes.flatMap(({ tgt }) => tgt).filter((code) => code !== source)
  }

  /**
   * @param {string} source
   * @param {string} target the nearest there is, if not this
   */
  #select(source, target) {
    const targets = this.#targetsOf(source)
    this.#source.value = source
    fill(this.#target, targets)
    this.#target.value = targets.includes(target) ? target : (targets[0] ?? '')
    this.#swap.disabled = this.#source.disabled || !this.#has(this.target, this.source)
    this.#onChange()
  }
}

/**
 * @param {HTMLSelectElement} select
 * @param {string[]} codes
 */
function fill(select, codes) {
  select.replaceChildren(...[...new Set(codes)].map((code) => new Option(languageName(code), code)))
}
