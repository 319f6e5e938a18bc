/** What the rules need to know of a language to read numbers and signs aloud in it. */

export type Gender = 'masculine' | 'feminine'

/** A thing that is counted. */
export interface Noun {
  readonly one: string
  readonly many: string
  /** Masculine where left out. */
  readonly gender?: Gender
}

export interface Currency extends Noun {
  readonly cent?: Noun
}

/** Signs and joints, as they are said. */
export interface SignNames {
  /** Between two parts of a version ("2.0.1"), and in an address. */
  readonly dot: string
  readonly at: string
  readonly slash: string
  readonly dash: string
  readonly underscore: string
  readonly minus: string
  readonly plus: string
  readonly plusOrMinus: string
  readonly times: string
  readonly dividedBy: string
  readonly equals: string
  /** "#17", "nº 17". */
  readonly number: string
  /** "10-15". */
  readonly to: string
  /** "30 x 20". */
  readonly by: string
  /** "120/80". */
  readonly over: string
  readonly lessThan: string
  readonly moreThan: string
  readonly about: string
  readonly and: string
  readonly percent: string
  /** "20 km/h". */
  readonly per: string
}

export interface SpokenLanguage {
  /** The sign before decimals; the other one of comma and full stop parts thousands. */
  readonly decimalMark: '.' | ','
  readonly decimalName: string
  /** "3.14" as "one four" instead of "fourteen". */
  readonly decimalsOneByOne: boolean
  /** What is said for zero in telephone numbers and codes. */
  readonly codeZero: string
  /** How a group of a telephone number is said, where that is not digit by digit. */
  readonly telephoneGroup?: (digits: string) => string
  /** Numerals of up to 15 digits without leading zeros. */
  readonly cardinal: (digits: string, gender: Gender) => string
  /** A numeral as it is before what it counts ("un perro"); as it is alone where left out. */
  readonly beforeNoun?: (numeral: string, noun: string) => string
  readonly ordinal: (digits: string, gender: Gender) => string
  readonly year: (digits: string) => string
  /** A guess by the ending, for numerals that agree with what they count. */
  readonly genderOf: (noun: string) => Gender
  /** Sources of expressions: what is written after the digits of an ordinal. */
  readonly ordinalMarks: Readonly<Record<Gender, string>>
  /** A time of day; `half` where a.m. or p.m. was written. */
  readonly clock: (hour: number, minute: number, half: 'am' | 'pm' | undefined) => string
  /** @param month 1 to 12. */
  readonly date: (day: string, month: number, year: string | undefined) => string
  /** Dates in words whose numbers need their own reading. */
  readonly writtenDates: readonly Replacement[]
  /** By a sign ("€") or code ("EUR"). */
  readonly currencies: Readonly<Record<string, Currency>>
  /** Between an amount and its cents. */
  readonly centJoint: string
  /** "bn", "millions": a scale word after an amount, and how it is said. */
  readonly scales: Readonly<Record<string, string>>
  /** The noun after a numeral, which may end in a word for millions ("milhões de reais"). */
  readonly afterMillions: (noun: string, numeral: string) => string
  /** By symbol; "km/h" is read from its parts where it is not here. */
  readonly units: Readonly<Record<string, Noun>>
  /** "m²" and "m³": what is said for the power, with one unit and with many, before the unit or after it. */
  readonly powers: Readonly<Record<'one' | 'many', readonly [squared: string, cubed: string]>>
  readonly powerFirst: boolean
  readonly fraction: (numerator: number, denominator: number) => string | undefined
  /** "2 1/2". */
  readonly mixedJoint: string
  /** Words after which digits are said one by one; source of an expression. */
  readonly codeWords: string
  /** Words after which a Roman numeral is a plain number; source of an expression. */
  readonly numberedThings: string
  /** First words of rulers' names, after which a Roman numeral is an ordinal; source of an expression. */
  readonly rulers: string
  readonly regnal: (value: number) => string
  /** Whether a Roman numeral before this word ("XIXe siècle") is an ordinal; source of an expression. */
  readonly ordinalRoman: string | undefined
  readonly signs: SignNames
  /** In order; each is read before any number. */
  readonly abbreviations: readonly Replacement[]
  /** Words in capitals that are said as words although the rules would spell them. */
  readonly saidAcronyms: ReadonlySet<string>
  /** And those that are spelled although they could be said. */
  readonly spelledAcronyms: ReadonlySet<string>
  /** Whether three letters that can be said are a word, such as "ONU". */
  readonly saysShortAcronyms: boolean
  /** Names of the letters, where the phonemizer does not know them. */
  readonly letterNames?: Readonly<Record<string, string>>
}

export type Replacement = readonly [written: RegExp, spoken: string | ((...groups: string[]) => string)]

/** One rule, made for a language. */
export type Reading = (text: string) => string
