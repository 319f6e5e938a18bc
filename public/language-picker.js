// @ts-check
/** A language to choose by typing a part of its name: the combobox pattern of the ARIA Authoring Practices. */

/** @typedef {{ code: string, name: string, english: string, note: string }} Choice */

export class LanguagePicker {
  #input
  #list
  #onChange
  /** @type {readonly Choice[]} */
  #choices = []
  /** Those that fit what was typed. @type {readonly Choice[]} */
  #shown = []
  #active = 0
  #value = ''

  /**
   * @param {HTMLInputElement} input
   * @param {HTMLElement} list
   * @param {() => void} onChange told when the visitor has chosen
   */
  constructor(input, list, onChange) {
    this.#input = input
    this.#list = list
    this.#onChange = onChange
    Object.assign(input, { autocomplete: 'off', spellcheck: false })
    input.setAttribute('aria-autocomplete', 'list')
    this.#close()
    input.addEventListener('focus', () => input.select())
    input.addEventListener('click', () => this.#open())
    input.addEventListener('input', () => this.#open(input.value))
    input.addEventListener('keydown', (event) => this.#onKey(event))
    input.addEventListener('blur', () => this.#close())
    list.addEventListener('pointerdown', (event) => event.preventDefault())
    list.addEventListener('click', ({ target }) => {
      const item = target instanceof Element ? target.closest('li') : null
      if (item) this.#choose(this.#shown[[...list.children].indexOf(item)])
    })
  }

  get value() {
    return this.#value
  }

  set value(code) {
    this.#value = code
    this.#close()
  }

  /** @param {readonly Choice[]} choices */
  offer(choices) {
    this.#choices = choices
    this.#input.disabled = choices.length === 0
    this.#close()
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (event.key === 'Enter' && !this.#list.hidden) this.#choose(this.#shown[this.#active])
    else if (event.key === 'Escape' && !this.#list.hidden) this.#close()
    else if (step && this.#list.hidden) this.#open()
    else if (step) this.#activate(this.#active + step)
    else return
    event.preventDefault()
  }

  #open(typed = '') {
    const wanted = plain(typed)
    this.#shown = this.#choices.filter(
      ({ code, name, english }) =>
        code === wanted || plain(name).includes(wanted) || plain(english).includes(wanted),
    )
    this.#list.replaceChildren(...this.#shown.map((choice, index) => this.#item(choice, index)))
    this.#list.hidden = this.#shown.length === 0
    this.#input.setAttribute('aria-expanded', String(!this.#list.hidden))
    const current = this.#shown.findIndex(({ code }) => code === this.#value)
    this.#activate(wanted === '' ? Math.max(0, current) : 0)
  }

  /**
   * @param {Choice} choice
   * @param {number} index
   */
  #item({ code, name, english, note }, index) {
    const item = document.createElement('li')
    item.id = `${this.#list.id}-${index}`
    item.role = 'option'
    const own = document.createElement('span')
    own.textContent = name
    if (code !== 'auto') own.lang = code
    const more = document.createElement('small')
    more.textContent = [english !== name && english, note].filter(Boolean).join(' · ')
    item.append(own, more)
    return item
  }

  /** @param {number} index */
  #activate(index) {
    this.#active = Math.max(0, Math.min(index, this.#shown.length - 1))
    for (const [at, item] of [...this.#list.children].entries()) {
      item.ariaSelected = String(at === this.#active)
      if (at === this.#active) item.scrollIntoView({ block: 'nearest' })
    }
    const id = this.#list.children[this.#active]?.id ?? ''
    this.#input.setAttribute('aria-activedescendant', id)
  }

  /** @param {Choice | undefined} choice */
  #choose(choice) {
    if (!choice) return
    const changed = choice.code !== this.#value
    this.value = choice.code
    if (changed) this.#onChange()
  }

  #close() {
    this.#list.hidden = true
    this.#input.setAttribute('aria-expanded', 'false')
    this.#input.removeAttribute('aria-activedescendant')
    this.#input.value = this.#choices.find(({ code }) => code === this.#value)?.name ?? ''
  }
}

/** @param {string} text @returns without accents and capitals */
function plain(text) {
  return text.normalize('NFD').replace(/\p{M}/gu, '').trim().toLowerCase()
}
