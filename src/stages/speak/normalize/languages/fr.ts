/** French. */
import { toCardinal, toOrdinal } from 'n2words/fr-FR'
import { shortened } from '../abbreviations.ts'
import type { Gender, Noun, Replacement, SpokenLanguage } from '../language.ts'
import { nounTable } from '../nouns.ts'

const months = 'janvier février mars avril mai juin juillet août septembre octobre novembre décembre'.split(
  ' ',
)

function cardinal(digits: string, gender: Gender): string {
  const words = toCardinal(digits)
  return gender === 'feminine' ? words.replace(/\bun$/u, 'une') : words
}

function ordinal(digits: string, gender: Gender): string {
  return digits === '1' && gender === 'feminine' ? 'première' : toOrdinal(digits)
}

/** Only "un" and "une" differ, so common nouns and clear endings are enough. */
const feminine =
  /(?:tions?|sions?|tés?|ettes?|ances?|ences?|ures?|ées?|elles?|esses?|ières?|euses?|trices?|aines?)$|^(?:fois|heures?|minutes?|secondes?|filles?|femmes?|personnes?|maisons?|voitures?|tables?|chambres?|places?|pages?|bouteilles?|tasses?|pommes?|villes?|langues?|questions?|réponses?|pièces?|sœurs?|mères?|amies?|dames?|nuits?|chaises?|portes?|boîtes?|part|parts|carte|cartes|lettres?|photos?|livre sterling)$/iu
const masculine = /^(?:étés?|musées?|lycées?|silences?|comités?|côtés?|murmures?|domaines?|squelettes?)$/iu

function genderOf(noun: string): Gender {
  return feminine.test(noun) && !masculine.test(noun) ? 'feminine' : 'masculine'
}

function clock(hour: number, minute: number): string {
  const hours = `${cardinal(String(hour), 'feminine')} heure${hour > 1 ? 's' : ''}`
  return minute === 0 ? hours : `${hours} ${cardinal(String(minute), 'feminine')}`
}

function date(day: string, month: number, year: string | undefined): string {
  const said = `${day === '1' ? 'premier' : toCardinal(day)} ${months[month - 1]}`
  return year === undefined ? said : `${said} ${toCardinal(year)}`
}

const writtenDates: readonly Replacement[] = [
  [
    /(?<=(?<!\p{L})(?:le|du|au|jusqu'au) )(0?[1-9]|[12]\d|3[01])\/(0?[1-9]|1[0-2])(?![\d/])/giu,
    (day, month) => date(String(Number(day)), Number(month), undefined),
  ],
  [new RegExp(`(?<![\\d.,/])1(?= (?:${months.join('|')})\\b)`, 'giu'), 'premier'],
]

const fractionNames: Readonly<Record<number, readonly [one: string, many: string]>> = {
  2: ['demi', 'demis'],
  3: ['tiers', 'tiers'],
  4: ['quart', 'quarts'],
  5: ['cinquième', 'cinquièmes'],
  8: ['huitième', 'huitièmes'],
  10: ['dixième', 'dixièmes'],
}

function fraction(numerator: number, denominator: number): string | undefined {
  const [one, many] = fractionNames[denominator] ?? []
  if (one === undefined || many === undefined || numerator >= denominator) return undefined
  return `${toCardinal(numerator)} ${numerator === 1 ? one : many}`
}

const units = {
  ...nounTable({
    mm: 'millimètre|millimètres',
    cm: 'centimètre|centimètres',
    m: 'mètre|mètres',
    km: 'kilomètre|kilomètres',
    'km/h': 'kilomètre à l’heure|kilomètres à l’heure',
    mg: 'milligramme|milligrammes',
    g: 'gramme|grammes',
    kg: 'kilo|kilos',
    ml: 'millilitre|millilitres',
    mL: 'millilitre|millilitres',
    cl: 'centilitre|centilitres',
    l: 'litre|litres',
    L: 'litre|litres',
    Ko: 'kilooctet|kilooctets',
    Mo: 'mégaoctet|mégaoctets',
    Go: 'gigaoctet|gigaoctets',
    To: 'téraoctet|téraoctets',
    MB: 'mégaoctet|mégaoctets',
    GB: 'gigaoctet|gigaoctets',
    W: 'watt|watts',
    kW: 'kilowatt|kilowatts',
    kWh: 'kilowattheure|kilowattheures',
    V: 'volt|volts',
    ha: 'hectare|hectares',
    '°C': 'degré Celsius|degrés Celsius',
    ºC: 'degré Celsius|degrés Celsius',
    '°F': 'degré Fahrenheit|degrés Fahrenheit',
    '°': 'degré|degrés',
    Hz: 'hertz',
    kHz: 'kilohertz',
    MHz: 'mégahertz',
    GHz: 'gigahertz',
    '"': 'pouce|pouces',
  }),
  ...nounTable(
    {
      s: 'seconde|secondes',
      sec: 'seconde|secondes',
      min: 'minute|minutes',
      mn: 'minute|minutes',
      h: 'heure|heures',
      t: 'tonne|tonnes',
    },
    'feminine',
  ),
}

const cent: Noun = { one: 'centime', many: 'centimes' }
const dollar = { one: 'dollar', many: 'dollars', cent: { one: 'cent', many: 'cents' } }
const euro = { one: 'euro', many: 'euros', cent }
const pound = {
  one: 'livre',
  many: 'livres',
  gender: 'feminine',
  cent: { one: 'penny', many: 'pence' },
} as const
const real = { one: 'réal', many: 'réaux', cent: { one: 'centavo', many: 'centavos' } }
const yen = { one: 'yen', many: 'yens' }
const rupee = { one: 'roupie', many: 'roupies', gender: 'feminine' } as const

export const french: SpokenLanguage = {
  decimalMark: ',',
  decimalName: 'virgule',
  decimalsOneByOne: false,
  codeZero: 'zéro',
  telephoneGroup: (digits) => {
    if (digits.length === 2)
      return digits.startsWith('0') ? `zéro ${toCardinal(Number(digits))}` : toCardinal(digits)
    return digits.length < 4 && !digits.startsWith('0')
      ? toCardinal(digits)
      : Array.from(digits, (digit) => toCardinal(digit)).join(' ')
  },
  cardinal,
  ordinal,
  year: (digits) => toCardinal(digits),
  genderOf,
  ordinalMarks: { masculine: '(?:ers?|e|ème|eme|è|nd|º)', feminine: '(?:res?|ère|ère|nde|ª)' },
  clock,
  date,
  writtenDates,
  currencies: {
    '€': euro,
    EUR: euro,
    $: dollar,
    US$: dollar,
    USD: dollar,
    '£': pound,
    GBP: pound,
    R$: real,
    BRL: real,
    '¥': yen,
    JPY: yen,
    '₹': rupee,
    CHF: { one: 'franc suisse', many: 'francs suisses', cent },
  },
  centJoint: 'et',
  scales: {
    k: 'mille',
    mille: 'mille',
    M: 'millions',
    million: 'million',
    millions: 'millions',
    Md: 'milliards',
    Mds: 'milliards',
    milliard: 'milliard',
    milliards: 'milliards',
  },
  afterMillions: (noun, numeral) =>
    !/illi(?:on|ard)s?$/u.test(numeral) ? noun : /^[aeiouhéœ]/iu.test(noun) ? `d'${noun}` : `de ${noun}`,
  units,
  powers: { one: ['carré', 'cube'], many: ['carrés', 'cubes'] },
  powerFirst: false,
  fraction,
  mixedJoint: 'et',
  codeWords: '(?:code|PIN|mot de passe)(?: (?:est|numéro))?',
  numberedThings:
    'chapitre|partie|volume|tome|livre|acte|scène|section|article|phase|niveau|type|classe|guerre mondiale|annexe|titre',
  rulers:
    'François|Napoléon|Élisabeth|Elizabeth|Jean|Paul|Pie|Benoît|Léon|Grégoire|Charles|Philippe|Guillaume|Nicolas|Frédéric',
  regnal: (value) => (value === 1 ? 'premier' : toCardinal(value)),
  ordinalRoman: '(?:e|ème|è)(?![\\p{L}\\d])',
  signs: {
    dot: 'point',
    at: 'arobase',
    slash: 'slash',
    dash: 'tiret',
    underscore: 'tiret bas',
    minus: 'moins',
    plus: 'plus',
    plusOrMinus: 'plus ou moins',
    times: 'fois',
    dividedBy: 'divisé par',
    equals: 'égale',
    number: 'numéro',
    to: 'à',
    by: 'par',
    over: 'sur',
    lessThan: 'moins de',
    moreThan: 'plus de',
    about: 'environ',
    and: 'et',
    percent: 'pour cent',
    per: 'par',
  },
  abbreviations: [
    ...shortened({
      Dr: 'docteur',
      Pr: 'professeur',
      Prof: 'professeur',
      Me: 'maître',
      etc: 'et cetera',
      'p.ex': 'par exemple',
      av: 'avenue',
      bd: 'boulevard',
      chap: 'chapitre',
      art: 'article',
      vol: 'volume',
      env: 'environ',
      tél: 'téléphone',
      max: 'maximum',
      St: 'Saint',
      Ste: 'Sainte',
    }),
    [/(?<![\p{L}\d.])M\.(?= \p{Lu})/gu, 'monsieur'],
    [/(?<![\p{L}\d.])MM\.(?= \p{Lu})/gu, 'messieurs'],
    [/(?<![\p{L}\d.])Mme\.?(?= \p{Lu})/gu, 'madame'],
    [/(?<![\p{L}\d.])Mmes\.?(?= \p{Lu})/gu, 'mesdames'],
    [/(?<![\p{L}\d.])Mlle\.?(?= \p{Lu})/gu, 'mademoiselle'],
    [/(?<![\p{L}\d.])Dr(?= \p{Lu})/gu, 'docteur'],
    [/(?<![\p{L}\d.])p\. ?(?=\d)/gu, 'page '],
    [/(?<!\p{L})n[º°] ?(?=\d)/giu, 'numéro '],
    [/(?<!\p{L})av\. ?J\.-C\./gu, 'avant Jésus-Christ'],
    [/(?<!\p{L})svp(?!\p{L})/giu, "s'il vous plaît"],
    [/(?<!\p{L})c\.-à-d\./gu, "c'est-à-dire"],
    [/(?<![\d/])(?<!\d )(?:1\/2|½)(?= (?:heure|tasse|bouteille|douzaine|pomme)\p{L}*)/gu, 'une demi'],
    [/(?<=\p{L} )Ier(?!\p{L})/gu, 'premier'],
    [/(?<=\p{L} )I(?:re|ère)(?!\p{L})/gu, 'première'],
    [/\bet\/ou\b/gu, 'et ou'],
    // Thousands parted by a space, as French writes them; not the pairs of a telephone number.
    [/(?<=(?<![\d.,] ?)[1-9]\d{0,2}(?: \d{3})*) (?=\d{3}(?!\d| \d{2}(?!\d)))/gu, '\u00a0'],
  ],
  saidAcronyms: new Set(
    'ONU OTAN OVNI UNESCO UNICEF NASA FIFA COVID NON OUI SI UN LE LA ET DE DU EN ON TU IL JE ME TE SE CE OU NE PAS TRÈS PLUS OK SIDA VIP SMIC'.split(
      ' ',
    ),
  ),
  spelledAcronyms: new Set(['CEO', 'PDG', 'SUV', 'CIA', 'UE', 'USA', 'EDF', 'TVA']),
  saysShortAcronyms: true,
}
