/**
 * English numbers in digits, as Whisper's `EnglishNumberNormalizer` writes them: `two hundred and five` is 205, `nine
 * one one` 911, `twenty dollars` $20, `first` 1st. Its oddities are kept, or a rate could not be compared.
 */
import { pythonPattern, splitWords } from './python-text.ts'

/** A whole number, or digits that were strung together and may hold a point. */
type Value = bigint | string
type Suffixed = ReadonlyMap<string, readonly [value: bigint, suffix: string]>

const zeros = new Set(['o', 'oh', 'zero'])
const ones = new Map(
  ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten']
    .concat(['eleven', 'twelve', 'thirteen', 'fourteen', 'fifteen', 'sixteen', 'seventeen'])
    .concat(['eighteen', 'nineteen'])
    .map((name, index) => [name, BigInt(index + 1)]),
)
const irregularOrdinals = new Map([
  ['one', 'first'],
  ['two', 'second'],
  ['three', 'third'],
  ['five', 'fifth'],
  ['twelve', 'twelfth'],
])
const ordinalSuffixes = new Map([
  ['first', 'st'],
  ['second', 'nd'],
  ['third', 'rd'],
])
const onesSuffixed: Suffixed = new Map<string, readonly [bigint, string]>([
  ...[...ones].map(([name, value]) => [name === 'six' ? 'sixes' : `${name}s`, [value, 's']] as const),
  ['zeroth', [0n, 'th']],
  ...[...ones].map(([name, value]) => {
    const ordinal = irregularOrdinals.get(name) ?? `${name}${name.endsWith('t') ? 'h' : 'th'}`
    return [ordinal, [value, ordinalSuffixes.get(ordinal) ?? 'th']] as const
  }),
])
const tens = new Map(
  ['twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'].map((name, index) => [
    name,
    BigInt(10 * (index + 2)),
  ]),
)
const tensSuffixed: Suffixed = new Map<string, readonly [bigint, string]>(
  [...tens].flatMap(([name, value]) => [
    [name.replace('y', 'ies'), [value, 's']] as const,
    [name.replace('y', 'ieth'), [value, 'th']] as const,
  ]),
)
const multipliers = new Map([
  ['hundred', 100n],
  ...['thousand', 'million', 'billion', 'trillion', 'quadrillion', 'quintillion', 'sextillion']
    .concat(['septillion', 'octillion', 'nonillion', 'decillion'])
    .map((name, index) => [name, 1000n ** BigInt(index + 1)] as const),
])
const multipliersSuffixed: Suffixed = new Map<string, readonly [bigint, string]>(
  [...multipliers].flatMap(([name, value]) => [
    [`${name}s`, [value, 's']] as const,
    [`${name}th`, [value, 'th']] as const,
  ]),
)
const signs = new Map([
  ['minus', '-'],
  ['negative', '-'],
  ['plus', '+'],
  ['positive', '+'],
])
const currencies = new Map([
  ['pound', '£'],
  ['pounds', '£'],
  ['euro', '€'],
  ['euros', '€'],
  ['dollar', '$'],
  ['dollars', '$'],
  ['cent', '¢'],
  ['cents', '¢'],
])
const specials = new Set(['and', 'double', 'triple', 'point'])
const prefixes = new Set([...signs.values(), ...currencies.values()])
const decimals = new Set([...ones.keys(), ...tens.keys(), ...zeros])
const numberWords = new Set([
  ...[...zeros, ...specials, 'per', 'percent'],
  ...[ones, onesSuffixed, tens, tensSuffixed, multipliers, multipliersSuffixed, signs, currencies].flatMap(
    (words) => [...words.keys()],
  ),
])

const arabic = /^\d+(\.\d+)?$/u
const andAHalf = pythonPattern(String.raw`\band\s+a\s+half\b`)
const spacedSuffix = pythonPattern(String.raw`([0-9])\s+(st|nd|rd|th|s)\b`)
const dollarsAndCents = pythonPattern(String.raw`([€£$])([0-9]+) (?:and )?¢([0-9]{1,2})\b`)
const onlyCents = pythonPattern(String.raw`[€£$]0.([0-9]{1,2})\b`)
const loneOne = pythonPattern(String.raw`\b1(s?)\b`)

export class EnglishNumbers {
  /** @param text in lower case, without symbols other than those of numbers */
  normalize(text: string): string {
    const words = [...new NumberReader(splitWords(preprocess(text))).read()]
    return postprocess(words.join(' '))
  }
}

function preprocess(text: string): string {
  const segments = text.split(andAHalf)
  const rewritten = segments.flatMap((segment, index) => {
    const lastWord = splitWords(segment).at(-1)
    if (lastWord === undefined) return []
    if (index === segments.length - 1) return [segment]
    return [segment, decimals.has(lastWord) || multipliers.has(lastWord) ? 'point five' : 'and a half']
  })
  return rewritten
    .join(' ')
    .replace(/([a-z])([0-9])/g, '$1 $2')
    .replace(/([0-9])([a-z])/g, '$1 $2')
    .replace(spacedSuffix, '$1$2')
}

function postprocess(text: string): string {
  return text
    .replace(
      dollarsAndCents,
      (_, currency: string, whole: string, cents: string) =>
        `${currency}${whole}.${String(Number(cents)).padStart(2, '0')}`,
    )
    .replace(onlyCents, (_, cents: string) => `¢${Number(cents)}`)
    .replace(loneOne, 'one$1')
}

/** Goes through the words once and gathers a number until a word ends it. */
class NumberReader {
  readonly #words: readonly string[]
  #prefix = ''
  #value: Value | undefined
  #skip = false

  constructor(words: readonly string[]) {
    this.#words = words
  }

  *read(): Generator<string> {
    for (const [index, word] of this.#words.entries()) {
      if (this.#skip) {
        this.#skip = false
        continue
      }
      yield* this.#readWord(word, this.#words[index - 1] ?? '', this.#words[index + 1] ?? '')
    }
    yield* this.#end()
  }

  *#readWord(word: string, previous: string, next: string): Generator<string> {
    const hasPrefix = prefixes.has(word.charAt(0))
    const digits = hasPrefix ? word.slice(1) : word
    if (arabic.test(digits)) {
      yield* this.#readDigits(word, digits, hasPrefix)
      return
    }
    if (!numberWords.has(word)) {
      yield* this.#end()
      yield this.#output(word)
      return
    }
    const one = ones.get(word)
    const ten = tens.get(word)
    const multiplier = multipliers.get(word)
    const oneSuffixed = onesSuffixed.get(word)
    const tenSuffixed = tensSuffixed.get(word)
    const multiplierSuffixed = multipliersSuffixed.get(word)
    if (zeros.has(word)) this.#value = `${this.#value || ''}0`
    else if (one !== undefined) this.#value = this.#withOne(one, previous)
    else if (oneSuffixed) yield this.#output(`${this.#withOne(oneSuffixed[0], previous)}${oneSuffixed[1]}`)
    else if (ten !== undefined) this.#value = this.#withTen(ten)
    else if (tenSuffixed) yield this.#output(`${this.#withTen(tenSuffixed[0])}${tenSuffixed[1]}`)
    else if (multiplier !== undefined) this.#value = yield* this.#multiply(multiplier)
    else if (multiplierSuffixed) {
      const value = yield* this.#multiply(multiplierSuffixed[0])
      yield this.#output(`${value}${multiplierSuffixed[1]}`)
    } else if (signs.has(word)) yield* this.#readSign(word, next)
    else if (currencies.has(word)) yield* this.#readCurrency(word)
    else if (specials.has(word)) yield* this.#readSpecial(word, previous, next)
    else yield* this.#readPercent(word, next)
  }

  *#readDigits(word: string, digits: string, hasPrefix: boolean): Generator<string> {
    if (typeof this.#value === 'string' && this.#value.endsWith('.')) {
      this.#value += word
      return
    }
    yield* this.#end()
    if (hasPrefix) this.#prefix = word.charAt(0)
    const { numerator, denominator } = toFraction(digits) as Fraction
    this.#value = numerator % denominator === 0n ? numerator / denominator : digits
  }

  *#readSign(word: string, next: string): Generator<string> {
    yield* this.#end()
    if (isNumeric(next)) this.#prefix = signs.get(word) ?? ''
    else yield this.#output(word)
  }

  *#readCurrency(word: string): Generator<string> {
    if (this.#value === undefined) {
      yield this.#output(word)
      return
    }
    this.#prefix = currencies.get(word) ?? ''
    yield* this.#end()
  }

  *#readPercent(word: string, next: string): Generator<string> {
    const isPercent = word === 'percent' || next === 'cent'
    if (this.#value === undefined || !isPercent) {
      yield* this.#end()
      yield this.#output(word)
      return
    }
    this.#skip = word === 'per'
    yield this.#output(`${this.#value}%`)
  }

  *#readSpecial(word: string, previous: string, next: string): Generator<string> {
    if (!isNumeric(next)) {
      yield* this.#end()
      yield this.#output(word)
      return
    }
    if (word === 'point') {
      if (decimals.has(next) || arabic.test(next)) this.#value = `${this.#value || ''}.`
      return
    }
    if (word === 'and' && multipliers.has(previous)) return
    if (word !== 'and' && (ones.has(next) || zeros.has(next))) {
      const digit = String(ones.get(next) ?? 0)
      this.#value = `${this.#value || ''}${digit.repeat(word === 'double' ? 2 : 3)}`
      this.#skip = true
      return
    }
    yield* this.#end()
    yield this.#output(word)
  }

  /** The value with one to nineteen after it. */
  #withOne(one: bigint, previous: string): Value {
    const value = this.#value
    if (value === undefined) return one
    if (typeof value === 'string' || ones.has(previous)) {
      return tens.has(previous) && one < 10n ? `${String(value).slice(0, -1)}${one}` : `${value}${one}`
    }
    return value % (one < 10n ? 10n : 100n) === 0n ? value + one : `${value}${one}`
  }

  #withTen(ten: bigint): Value {
    const value = this.#value
    if (value === undefined) return ten
    return typeof value === 'bigint' && value % 100n === 0n ? value + ten : `${value}${ten}`
  }

  /** The value times a hundred, a thousand and so on; what cannot be multiplied ends there. */
  *#multiply(multiplier: bigint): Generator<string, Value> {
    const value = this.#value
    if (value === undefined) return multiplier
    if (typeof value === 'bigint' && value !== 0n) {
      const rest = value % 1000n
      return value - rest + rest * multiplier
    }
    const fraction = toFraction(String(value))
    if (fraction && (fraction.numerator * multiplier) % fraction.denominator === 0n) {
      return (fraction.numerator * multiplier) / fraction.denominator
    }
    yield this.#output(String(value))
    return multiplier
  }

  *#end(): Generator<string> {
    if (this.#value !== undefined) yield this.#output(String(this.#value))
  }

  #output(text: string): string {
    const result = `${this.#prefix}${text}`
    this.#prefix = ''
    this.#value = undefined
    return result
  }
}

interface Fraction {
  readonly numerator: bigint
  readonly denominator: bigint
}

/** As Python's `Fraction` reads digits with at most one point. */
function toFraction(text: string): Fraction | undefined {
  const [, whole = '', decimal = ''] = /^(?=\d|\.\d)(\d*)(?:\.(\d*))?$/u.exec(text) ?? []
  if (whole + decimal === '') return undefined
  return { numerator: BigInt(whole + decimal), denominator: 10n ** BigInt(decimal.length) }
}

function isNumeric(word: string): boolean {
  return numberWords.has(word) || arabic.test(word)
}
