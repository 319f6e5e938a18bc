import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { VoxbridgeError } from '../../../errors.ts'
import { isMissing } from '../../../models/file-errors.ts'

/** A JSON file of a model that is imported, read field by field; an error names the file and the field. */
export class ModelJson {
  readonly #name: string
  readonly #fields: Readonly<Record<string, unknown>>

  private constructor(name: string, fields: Readonly<Record<string, unknown>>) {
    this.#name = name
    this.#fields = fields
  }

  /** @throws VoxbridgeError ERR_MODEL_FORMAT */
  static async read(dir: string, name: string): Promise<ModelJson> {
    const json = await ModelJson.readOptional(dir, name)
    if (json) return json
    throw new VoxbridgeError('ERR_MODEL_FORMAT', `the model has no ${name}`)
  }

  /**
   * @returns undefined where there is no such file.
   * @throws VoxbridgeError ERR_MODEL_FORMAT
   */
  static async readOptional(dir: string, name: string): Promise<ModelJson | undefined> {
    let value: unknown
    try {
      value = JSON.parse(await readFile(join(dir, name), 'utf8'))
    } catch (cause) {
      if (isMissing(cause)) return undefined
      throw new VoxbridgeError('ERR_MODEL_FORMAT', `${name} is no valid JSON`, { cause })
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new VoxbridgeError('ERR_MODEL_FORMAT', `${name} should be a JSON object`)
    }
    return new ModelJson(name, value as Record<string, unknown>)
  }

  get names(): string[] {
    return Object.keys(this.#fields)
  }

  text(name: string): string | undefined {
    const value = this.#fields[name]
    return typeof value === 'string' ? value : undefined
  }

  /** The texts in the field `content` of each object in an object, by its name. */
  contents(name: string): Record<string, string> {
    const value = this.#fields[name]
    if (typeof value !== 'object' || value === null) return {}
    const entries = Object.entries(value as Record<string, { content?: unknown }>)
    return Object.fromEntries(
      entries.flatMap(([key, { content }]) => (typeof content === 'string' ? [[key, content]] : [])),
    )
  }

  /** A whole number above 0. */
  count(name: string): number {
    const value = this.#fields[name]
    return Number.isSafeInteger(value) && Number(value) > 0
      ? Number(value)
      : this.#wrong(name, 'a whole number above 0')
  }

  optionalCount(name: string): number | undefined {
    return this.#fields[name] === undefined || this.#fields[name] === null ? undefined : this.count(name)
  }

  /** A whole number. */
  id(name: string): number {
    const value = this.#fields[name]
    return Number.isSafeInteger(value) && Number(value) >= 0
      ? Number(value)
      : this.#wrong(name, 'the id of a token')
  }

  #wrong(name: string, expected: string): never {
    const found = JSON.stringify(this.#fields[name]) ?? 'missing'
    throw new VoxbridgeError('ERR_MODEL_FORMAT', `${this.#name}: ${name} is ${found}, expected ${expected}`)
  }
}
