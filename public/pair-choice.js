// @ts-check
/** The two languages and the voice: what is chosen, and what can be chosen with it. */
import { whySilent } from './capture.js'
import { LanguagePicker } from './language-picker.js'
import { auto, languageName, ownName } from './languages.js'
import { button, element, input, place } from './page.js'
import { keepSettings } from './settings.js'

/** The voice of who wants captions alone. */
const off = 'off'

export class PairChoice {
  #source = new LanguagePicker(input('source'), place('source-list'), () => this.#settle())
  #target = new LanguagePicker(input('target'), place('target-list'), () => this.#settle())
  #voice = element('voice', HTMLSelectElement)
  #languages
  #settings
  #onChange
  /** What was spoken last, where the language is detected. */
  heard = ''

  /**
   * @param {import('./languages.js').Languages} languages
   * @param {import('./settings.js').Settings} settings
   * @param {() => void} onChange
   */
  constructor(languages, settings, onChange) {
    this.#languages = languages
    this.#settings = settings
    this.#onChange = onChange
    const { sources } = languages
    const own = navigator.language.slice(0, 2)
    const detect = { code: auto, name: 'Detect language', english: 'Detect language', note: '' }
    this.#source.offer([detect, ...sources.map(choiceOf).sort(byName)])
    const wanted = [settings.source, own].find((code) => code === auto || sources.includes(code))
    this.#source.value = wanted ?? sources[0] ?? ''
    this.#target.value = settings.target
    button('swap').addEventListener('click', () => this.choose(this.target, this.#swapped))
    this.#voice.addEventListener('change', () => {
      settings.voices[this.target] = this.#voice.value
      this.#settle()
    })
    this.#settle()
  }

  get source() {
    return this.#source.value
  }

  get target() {
    return this.#target.value
  }

  /** Empty for captions alone. */
  get voice() {
    return this.#voice.value === off ? '' : this.#voice.value
  }

  /** The language of a text that is typed; empty where nobody knows it. */
  get typed() {
    return this.source === auto ? this.heard : this.source
  }

  /** @returns {import('./connection.js').ChannelSettings} */
  get channelSettings() {
    return { src: this.source, tgt: this.target, voice: this.voice, audio: this.voice !== '' }
  }

  /**
   * @param {string} source
   * @param {string} target the nearest there is, if not this
   */
  choose(source, target) {
    this.#source.value = source
    this.#target.value = target
    this.#settle()
  }

  get #swapped() {
    if (this.source !== auto) return this.source
    return this.heard || (this.#languages.targetsOf(this.target)[0] ?? '')
  }

  /** Brings target and voice to what the source allows. */
  #settle() {
    const languages = this.#languages
    const targets = languages.targetsOf(this.source)
    const spoken = targets.find((code) => this.#voicesOf(code).length > 0)
    this.#target.offer(targets.map((code) => this.#targetChoice(code)).sort(byName))
    if (!targets.includes(this.target)) this.#target.value = spoken ?? targets[0] ?? ''
    this.#offerVoices()
    button('swap').disabled = !languages.has(this.target, this.#swapped)
    this.#settings.source = this.source
    this.#settings.target = this.target
    keepSettings(this.#settings)
    this.#onChange()
  }

  /** @param {string} code */
  #targetChoice(code) {
    const [first] = this.#voicesOf(code)
    return { ...choiceOf(code), note: !first ? 'captions only' : first.robotic ? 'robotic voice' : '' }
  }

  /** @param {string} code */
  #voicesOf(code) {
    return whySilent ? [] : this.#languages.voicesOf(code)
  }

  #offerVoices() {
    const voices = this.#voicesOf(this.target)
    const options = voices.map(({ id, gender, robotic }) => {
      const more = [gender, robotic && 'robotic'].filter(Boolean).join(', ')
      return new Option(more ? `${id} (${more})` : id, id)
    })
    this.#voice.replaceChildren(...options, new Option('None: captions only', off))
    const wanted = this.#settings.voices[this.target] ?? ''
    const known = wanted === off || voices.some(({ id }) => id === wanted)
    this.#voice.value = known ? wanted : (voices[0]?.id ?? off)
    this.#voice.disabled = voices.length === 0
  }
}

/** @param {string} code */
const choiceOf = (code) => ({ code, name: ownName(code), english: languageName(code), note: '' })

/**
 * @param {{ english: string }} a
 * @param {{ english: string }} b
 */
const byName = (a, b) => a.english.localeCompare(b.english)
