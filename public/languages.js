// @ts-check
/** What the server can hear, translate and speak. */
import { ask } from './connection.js'

/**
 * @typedef {{ src: string[], tgt: string[] }} Route each source goes into each target but itself
 * @typedef {{ id: string, engine: string, gender?: string, robotic?: boolean }} Voice
 */

/** The source that stands for whatever is spoken. */
export const auto = 'auto'

const englishNames = new Intl.DisplayNames('en', { type: 'language' })

/** @param {string} code @returns its name in English, the language of this page */
export const languageName = (code) => (code === auto ? 'any language' : (englishNames.of(code) ?? code))

/** @param {string} code @returns its name in itself, where the browser knows it */
export function ownName(code) {
  try {
    const name = new Intl.DisplayNames([code, 'en'], { type: 'language' }).of(code) ?? code
    return name.charAt(0).toLocaleUpperCase(code) + name.slice(1)
  } catch {
    return code
  }
}

export class Languages {
  /** @type {Route[]} */
  #routes
  /** @type {Map<string, Voice[]>} */
  #voices

  /** @param {any} answer of `GET /languages` */
  constructor({ hear, translate, speak }) {
    const heard = new Set(hear.map((/** @type {{ code: string }} */ { code }) => code))
    this.#routes = translate.map((/** @type {Route} */ { src, tgt }) => ({
      src: src.filter((code) => heard.has(code)),
      tgt,
    }))
    this.#voices = new Map(
      speak.map((/** @type {{ code: string, voices: Voice[] }} */ { code, voices }) => [code, voices]),
    )
  }

  /** @throws Error where the server does not answer */
  static async fetch() {
    return new Languages(await ask('languages'))
  }

  get sources() {
    return [...new Set(this.#routes.flatMap(({ src }) => src))]
  }

  /** @param {string} source */
  targetsOf(source) {
    const routes = this.#routes.filter(
      ({ src }) => src.length > 0 && (source === auto || src.includes(source)),
    )
    return [...new Set(routes.flatMap(({ tgt }) => tgt))].filter((code) => code !== source)
  }

  /**
   * @param {string} source
   * @param {string} target
   */
  has(source, target) {
    return this.targetsOf(source).includes(target)
  }

  /** @param {string} language @returns {readonly Voice[]} the first is its default */
  voicesOf(language) {
    return this.#voices.get(language) ?? []
  }

  /**
   * @param {string} source
   * @param {string} target
   */
  whyNot(source, target) {
    if (this.has(source, target)) return undefined
    const pairs = this.sources.flatMap((src) =>
      this.targetsOf(src).map((tgt) => `${languageName(src)} to ${languageName(tgt)}`),
    )
    const offer = pairs.length > 8 ? `${pairs.length} other pairs` : new Intl.ListFormat('en').format(pairs)
    return `This server does not translate ${languageName(source)} to ${languageName(target)}. It offers ${offer}.`
  }
}
