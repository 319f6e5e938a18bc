import { type ErrorCode, VoxbridgeError } from '../errors.ts'

/** Reads the fields of a JSON object one by one; an error names the field by its path and says what it should be. */
export class Fields {
  readonly #value: Readonly<Record<string, unknown>>
  readonly #path: string
  readonly #code: ErrorCode

  /**
   * @param path Where the object stands, e.g. `models.lock.json: models.hibari-en`.
   * @param code of the errors.
   */
  constructor(value: unknown, path: string, code: ErrorCode = 'ERR_LOCK_FILE') {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new VoxbridgeError(code, `${path} should be an object.`)
    }
    this.#code = code
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

  /** A whole number from 0 up. */
  index(name: string): number {
    const value = this.#value[name]
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
      ? value
      : this.#wrong(name, 'a whole number from 0 up')
  }

  flag(name: string): boolean {
    const value = this.#value[name]
    return typeof value === 'boolean' ? value : this.#wrong(name, 'true or false')
  }

  /** Whether there is such a field; null says that there is none. */
  has(name: string): boolean {
    return (this.#value[name] ?? undefined) !== undefined
  }

  object(name: string): Fields {
    return new Fields(this.#value[name], `${this.#path}.${name}`, this.#code)
  }

  list<T>(name: string, read: (entry: Fields) => T): T[] {
    return this.#array(name).map((entry, index) =>
      read(new Fields(entry, `${this.#path}.${name}[${index}]`, this.#code)),
    )
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
    throw new VoxbridgeError(this.#code, `${this.#path}.${name} should be ${meaning}.`)
  }
}
