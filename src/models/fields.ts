import { VoxbridgeError } from '../errors.ts'

/** Reads the fields of a JSON object one by one; an error names the field by its path and says what it should be. */
export class Fields {
  readonly #value: Readonly<Record<string, unknown>>
  readonly #path: string

  /** @param path Where the object stands, e.g. `models.lock.json: models.hibari-en`. */
  constructor(value: unknown, path: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new VoxbridgeError('ERR_LOCK_FILE', `${path} should be an object.`)
    }
    this.#value = value as Readonly<Record<string, unknown>>
    this.#path = path
  }

  get names(): string[] {
    return Object.keys(this.#value)
  }

  text(name: string): string {
    const value = this.#value[name]
    return typeof value === 'string' && value !== '' ? value : this.#wrong(name, 'a text')
  }

  pattern(name: string, pattern: RegExp, meaning: string): string {
    const value = this.#value[name]
    return typeof value === 'string' && pattern.test(value) ? value : this.#wrong(name, meaning)
  }

  choice<T extends string | number>(name: string, choices: readonly T[]): T {
    const value = this.#value[name]
    return choices.find((choice) => choice === value) ?? this.#wrong(name, choices.join(' or '))
  }

  /** A whole number above 0. */
  count(name: string): number {
    const value = this.#value[name]
    return typeof value === 'number' && Number.isSafeInteger(value) && value > 0
      ? value
      : this.#wrong(name, 'a whole number above 0')
  }

  has(name: string): boolean {
    return name in this.#value
  }

  object(name: string): Fields {
    return new Fields(this.#value[name], `${this.#path}.${name}`)
  }

  list<T>(name: string, read: (entry: Fields) => T): T[] {
    return this.#array(name).map((entry, index) => read(new Fields(entry, `${this.#path}.${name}[${index}]`)))
  }

  texts(name: string): string[] {
    return this.#array(name).map((entry) =>
      typeof entry === 'string' ? entry : this.#wrong(name, 'a list of texts'),
    )
  }

  #array(name: string): unknown[] {
    const value = this.#value[name]
    return Array.isArray(value) ? value : this.#wrong(name, 'a list')
  }

  #wrong(name: string, meaning: string): never {
    throw new VoxbridgeError('ERR_LOCK_FILE', `${this.#path}.${name} should be ${meaning}.`)
  }
}
