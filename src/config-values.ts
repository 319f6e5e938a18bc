/** One environment variable: how it is written, what is allowed, what it becomes. */
import { homedir } from 'node:os'
import { resolve } from 'node:path'

export interface Variable<T> {
  /** The text that counts where the variable is not set; empty means that none is needed. */
  readonly initial: string
  readonly help: string
  /** What a right value looks like, for the error message. */
  readonly allowed: string
  /** Its value is never shown. */
  readonly secret?: boolean
  /** @returns the value, or why this text is not one. */
  parse(text: string): { readonly value: T } | { readonly refused: string }
}

const wrong = { refused: '' } as const

export function text<T = string>(
  initial: string,
  help: string,
  allowed: string,
  accept: (text: string) => T | undefined,
): Variable<T> {
  return {
    initial,
    help,
    allowed,
    parse(text) {
      const value = accept(text)
      return value === undefined ? wrong : { value }
    },
  }
}

/** A path; `~` at its beginning is the home folder. @param kind e.g. `a folder` */
export function path(help: string, kind: string): Variable<string> {
  return text('', help, kind, (text) =>
    text.includes('\0') ? undefined : resolve(text.replace(/^~(?=\/|$)/, homedir())),
  )
}

export function integer(initial: number, help: string, min: number, max: number): Variable<number> {
  const allowed = `a whole number from ${min} to ${max}`
  return text(String(initial), help, allowed, (text) => toInteger(text, min, max))
}

/** A number of threads, or `auto` for `automatic`. */
export function threads(help: string, automatic: () => number): Variable<number> {
  const max = 64
  return text('auto', help, `auto or a whole number from 1 to ${max}`, (text) =>
    text === 'auto' ? automatic() : toInteger(text, 1, max),
  )
}

/** @param refused values that a user may well try, each with the reason why this build does not take it. */
export function choice<const T extends string>(
  initial: T,
  help: string,
  choices: readonly T[],
  refused: Readonly<Record<string, string>> = {},
): Variable<T> {
  return {
    initial,
    help,
    allowed: choices.join(', '),
    parse(text) {
      const value = choices.find((choice) => choice === text)
      if (value !== undefined) return { value }
      return Object.hasOwn(refused, text) ? { refused: refused[text] ?? '' } : wrong
    },
  }
}

export function flag(initial: boolean, help: string): Variable<boolean> {
  return text(String(initial), help, 'true, false', (text) => {
    if (text === 'true' || text === '1') return true
    if (text === 'false' || text === '0') return false
    return undefined
  })
}

function toInteger(text: string, min: number, max: number): number | undefined {
  if (!/^\d{1,10}$/.test(text)) return undefined
  const value = Number(text)
  return value >= min && value <= max ? value : undefined
}
