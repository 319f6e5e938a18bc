/** English. The spelling of units is British; the words sound the same in every accent. */
import { toCardinal, toOrdinal } from 'n2words/en-GB'
import { shortened } from '../abbreviations.ts'
import type { Noun, Replacement, SpokenLanguage } from '../language.ts'
import { nounTable } from '../nouns.ts'

const months = 'January February March April May June July August September October November December'.split(
  ' ',
)
const monthNames = months.join('|')

function year(digits: string): string {
  const [century, rest] = [digits.slice(0, 2), digits.slice(2)]
  if (digits.length !== 4 || /^.00/u.test(digits)) return toCardinal(digits)
  const tail = rest === '00' ? 'hundred' : rest.startsWith('0') ? `oh ${toCardinal(rest)}` : toCardinal(rest)
  return `${toCardinal(century)} ${tail}`
}

function clock(hour: number, minute: number, half: 'am' | 'pm' | undefined): string {
  const tail = minute === 0 ? '' : minute < 10 ? ` oh ${toCardinal(minute)}` : ` ${toCardinal(minute)}`
  const period = half === undefined ? (minute === 0 ? " o'clock" : '') : half === 'am' ? ' A.M' : ' P.M'
  return `${toCardinal(hour)}${tail}${period}`
}

function date(day: string, month: number, yearDigits: string | undefined): string {
  const said = `the ${toOrdinal(day)} of ${months[month - 1]}`
  return yearDigits === undefined ? said : `${said}, ${year(yearDigits)}`
}

const decades = [
  'tens',
  'twenties',
  'thirties',
  'forties',
  'fifties',
  'sixties',
  'seventies',
  'eighties',
  'nineties',
]

const writtenDates: readonly Replacement[] = [
  [
    new RegExp(`\\b(?:the )?(\\d{1,2})(?:st|nd|rd|th)? (?:of )?(${monthNames})\\b(?:,? (\\d{4})\\b)?`, 'giu'),
    (day, month, digits) =>
      `the ${toOrdinal(day ?? '')} of ${month}${digits === undefined ? '' : `, ${year(digits)}`}`,
  ],
  [
    new RegExp(`\\b(${monthNames}) (\\d{1,2})(?:st|nd|rd|th)?(?:,? (\\d{4})\\b)?(?![\\d:.,]\\d|\\d)`, 'giu'),
    (month, day, digits) =>
      `${month} ${toOrdinal(day ?? '')}${digits === undefined ? '' : `, ${year(digits)}`}`,
  ],
  [/\b(1\d|20)([1-9])0'?s\b/gu, (century, ten) => `${toCardinal(century ?? '')} ${decades[Number(ten) - 1]}`],
  [/(?<![\d.,])['’]?\b([1-9])0'?s\b/gu, (ten) => decades[Number(ten) - 1] ?? ''],
]

const fractionNames: Readonly<Record<number, string>> = {
  2: 'half',
  3: 'third',
  4: 'quarter',
  5: 'fifth',
  8: 'eighth',
}

function fraction(numerator: number, denominator: number): string | undefined {
  if (denominator === 10) return `${toCardinal(numerator)} out of ten`
  if (numerator === 24 && denominator === 7) return 'twenty-four seven'
  if (numerator === 50 && denominator === 50) return 'fifty-fifty'
  const name = fractionNames[denominator]
  if (name === undefined || numerator >= denominator) return undefined
  if (numerator !== 1) return `${toCardinal(numerator)} ${name}s`
  return denominator === 2 ? 'a half' : `one ${name}`
}

const units = nounTable({
  mm: 'millimetre|millimetres',
  cm: 'centimetre|centimetres',
  m: 'metre|metres',
  km: 'kilometre|kilometres',
  mi: 'mile|miles',
  yd: 'yard|yards',
  mg: 'milligram|milligrams',
  g: 'gram|grams',
  kg: 'kilogram|kilograms',
  t: 'tonne|tonnes',
  lb: 'pound|pounds',
  lbs: 'pound|pounds',
  oz: 'ounce|ounces',
  ml: 'millilitre|millilitres',
  mL: 'millilitre|millilitres',
  cl: 'centilitre|centilitres',
  l: 'litre|litres',
  L: 'litre|litres',
  ms: 'millisecond|milliseconds',
  s: 'second|seconds',
  sec: 'second|seconds',
  secs: 'second|seconds',
  min: 'minute|minutes',
  mins: 'minute|minutes',
  h: 'hour|hours',
  hr: 'hour|hours',
  hrs: 'hour|hours',
  kB: 'kilobyte|kilobytes',
  KB: 'kilobyte|kilobytes',
  MB: 'megabyte|megabytes',
  GB: 'gigabyte|gigabytes',
  TB: 'terabyte|terabytes',
  W: 'watt|watts',
  kW: 'kilowatt|kilowatts',
  V: 'volt|volts',
  '°': 'degree|degrees',
  '°C': 'degrees Celsius',
  '° C': 'degrees Celsius',
  ºC: 'degrees Celsius',
  '°F': 'degrees Fahrenheit',
  ºF: 'degrees Fahrenheit',
  mph: 'miles per hour',
  kph: 'kilometres per hour',
  Mbps: 'megabits per second',
  Gbps: 'gigabits per second',
  Hz: 'hertz',
  kHz: 'kilohertz',
  MHz: 'megahertz',
  GHz: 'gigahertz',
  kWh: 'kilowatt hours',
  ft: 'feet',
})

const cent: Noun = { one: 'cent', many: 'cents' }
const dollar = { one: 'dollar', many: 'dollars', cent }
const euro = { one: 'euro', many: 'euros', cent }
const pound = { one: 'pound', many: 'pounds', cent: { one: 'penny', many: 'pence' } }
const real = { one: 'real', many: 'reais', cent: { one: 'centavo', many: 'centavos' } }
const yen = { one: 'yen', many: 'yen' }
const rupee = { one: 'rupee', many: 'rupees', cent: { one: 'paisa', many: 'paise' } }

export const english: SpokenLanguage = {
  decimalMark: '.',
  decimalName: 'point',
  decimalsOneByOne: true,
  codeZero: 'oh',
  cardinal: (digits) => toCardinal(digits),
  ordinal: (digits) => toOrdinal(digits),
  year,
  genderOf: () => 'masculine',
  ordinalMarks: { masculine: '(?:st|nd|rd|th)', feminine: 'ª' },
  clock,
  date,
  writtenDates,
  currencies: {
    $: dollar,
    US$: { one: 'U.S dollar', many: 'U.S dollars', cent },
    USD: { one: 'U.S dollar', many: 'U.S dollars', cent },
    C$: { one: 'Canadian dollar', many: 'Canadian dollars', cent },
    A$: { one: 'Australian dollar', many: 'Australian dollars', cent },
    '€': euro,
    EUR: euro,
    '£': pound,
    GBP: pound,
    R$: real,
    BRL: real,
    '¥': yen,
    JPY: yen,
    '₹': rupee,
    INR: rupee,
    '¢': cent,
  },
  centJoint: 'and',
  scales: {
    k: 'thousand',
    K: 'thousand',
    m: 'million',
    M: 'million',
    bn: 'billion',
    B: 'billion',
    thousand: 'thousand',
    million: 'million',
    billion: 'billion',
    trillion: 'trillion',
  },
  afterMillions: (noun) => noun,
  units,
  powers: { one: ['square', 'cubic'], many: ['square', 'cubic'] },
  powerFirst: true,
  fraction,
  mixedJoint: 'and',
  codeWords:
    "(?:code|PIN|passcode|password)(?: (?:is|isn't|was|number))?|room|flight|extension|call|dial|apartment|ZIP code",
  numberedThings:
    'chapter|part|volume|book|act|scene|section|article|phase|level|stage|type|class|world war|grade|figure|table|appendix',
  rulers:
    'Elizabeth|Charles|Henry|George|William|Edward|Richard|James|John|Paul|Pius|Benedict|Leo|Louis|Philip|Peter|Catherine|Nicholas|Alexander|Frederick|Napoleon|Mary|Pedro|Alfonso|Francis|Gregory',
  ordinalRoman: undefined,
  regnal: (value) => `the ${toOrdinal(value)}`,
  signs: {
    dot: 'dot',
    at: 'at',
    slash: 'slash',
    dash: 'dash',
    underscore: 'underscore',
    minus: 'minus',
    plus: 'plus',
    plusOrMinus: 'plus or minus',
    times: 'times',
    dividedBy: 'divided by',
    equals: 'equals',
    number: 'number',
    to: 'to',
    by: 'by',
    over: 'over',
    lessThan: 'less than',
    moreThan: 'more than',
    about: 'about',
    and: 'and',
    percent: 'percent',
    per: 'per',
  },
  abbreviations: [
    ...shortened({
      Dr: 'Doctor',
      Mr: 'Mister',
      Mrs: 'Missus',
      Prof: 'Professor',
      Jr: 'Junior',
      Sr: 'Senior',
      vs: 'versus',
      etc: 'et cetera',
      approx: 'approximately',
      dept: 'department',
      Inc: 'Incorporated',
      Ltd: 'Limited',
      Co: 'Company',
      Corp: 'Corporation',
      Ave: 'Avenue',
      Blvd: 'Boulevard',
      Rd: 'Road',
      Apt: 'Apartment',
      temp: 'temperature',
      max: 'maximum',
      tel: 'telephone',
      'e.g': 'for example',
      'i.e': 'that is',
      Jan: 'January',
      Feb: 'February',
      Aug: 'August',
      Sept: 'September',
      Sep: 'September',
      Oct: 'October',
      Nov: 'November',
      Dec: 'December',
    }),
    [
      /\b([A-Z]{2})(\d{3,4})\b/gu,
      (letters, digits) => `${letters} ${Array.from(digits ?? '', (digit) => toCardinal(digit)).join(' ')}`,
    ],
    [/\bMon ?[-–] ?Fri\b\.?/gu, 'Monday to Friday'],
    [/\bMon ?[-–] ?Sun\b\.?/gu, 'Monday to Sunday'],
    [/(?<=\p{Lu}\p{Ll}+ )St\./gu, 'Street'],
    [/\bSt\.(?= \p{Lu})/gu, 'Saint'],
    [/\b[Nn]o\. ?(?=\d)/gu, 'number '],
    [/\b([Ff])igs?\. ?(?=\d)/gu, '$1igure '],
    [/\b([Ss])ec\. ?(?=\d)/gu, '$1ection '],
    [/\b([Cc])h\. ?(?=\d)/gu, '$1hapter '],
    [/\b([Pp])p?\. ?(?=\d)/gu, '$1age '],
    [/\b([Vv])ol\. ?(?=[\dIVX])/gu, '$1olume '],
    [/(?<!\d )\bMs\./gu, 'Miz'],
    [/\bvs\b/gu, 'versus'],
    [/\bASAP\b/gu, 'as soon as possible'],
    [/\bWi-?[Ff]i\b/gu, 'Wi-Fi'],
    [/\b[Cc]trl ?\+ ?/gu, 'control '],
    [/\bw\/o\b/gu, 'without'],
    [/\band\/or\b/gu, 'and or'],
    [/(?<![\d/])(?<!\d )(?:1\/2|½) (?=[hH]our)/gu, 'half an '],
    [
      /(?<![\d/])(?<!\d )(?:1\/2|½) (?=(?:cup|tea|table|mile|pound|kilo|litre|liter|bottle|pint)\p{L}*)/gu,
      'half a ',
    ],
    [/(\d)['’′] ?(\d{1,2})["”″]/gu, '$1 foot $2'],
    [/(?<!["“][^"”]*)(\d)["″](?![\p{L}\d])/gu, '$1 inches'],
  ],
  saidAcronyms: new Set(
    'NASA NATO UNESCO UNICEF FIFA AIDS PIN SIM RAM GIF JPEG OPEC COVID SWAT NO YES OK HI GO STOP ON OFF IN UP DO IT IS WE ME MY HE OR SO TO AT IF NOT THE AND ALL NOW NEW YOU CAN SEE GET ONE TWO BIG VERY ONLY NEVER ALWAYS MUST VIP ZIP'.split(
      ' ',
    ),
  ),
  spelledAcronyms: new Set(['ISIS', 'IOS', 'ISO', 'ASAP', 'JSON']),
  saysShortAcronyms: false,
}
