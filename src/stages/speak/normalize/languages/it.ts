/** Italian. */
import { toCardinal, toOrdinal } from 'n2words/it-IT'
import { shortened } from '../abbreviations.ts'
import type { Gender, Noun, Replacement, SpokenLanguage } from '../language.ts'
import { nounTable } from '../nouns.ts'

const months =
  'gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre'.split(' ')

/** Long numerals are one word in writing; parted after the thousands they are pronounced the same, and more surely. */
function cardinal(digits: string, gender: Gender): string {
  const words = toCardinal(digits)
    .replace(/(mille|mila)(?=\p{L})/gu, '$1 ')
    .replace(/(?<=mila) e (?=\p{L})/gu, ' ')
  return gender === 'feminine' && digits === '1' ? 'una' : words
}

const noNoun = /^(?:e|ed|o|di|del|della|a|al|in|è|con|per|che|non|più|meno|su|da|il|la|le|i|gli|ma)$/iu

function beforeNoun(numeral: string, noun: string): string {
  if (noNoun.test(noun)) return numeral
  if (/^[aeiou]/iu.test(noun) && numeral === 'una') return 'una'
  // "Uno" stays before "zaino", "studente" and the like.
  return numeral === 'uno' && !/^(?:z|s[^aeiou]|gn|ps|x|y)/iu.test(noun) ? 'un' : numeral
}

function ordinal(digits: string, gender: Gender): string {
  const words = toOrdinal(digits)
  return gender === 'feminine' ? words.replace(/o$/u, 'a') : words
}

const feminine =
  /(?:a|zione|sione|tà|tù|gione|trice)$|^(?:notte|parte|madre|mano|voce|luce|chiave|classe|fine|gente|moglie|legge|rete|croce)$/iu
const masculine =
  /(?:ema|gramma|oma)$|^(?:pianeta|turista|artista|dentista|papa|la|alla|della|nella|sulla|dalla|ma|fa|va|era|sofà)$/iu

function genderOf(noun: string): Gender {
  return feminine.test(noun) && !masculine.test(noun) ? 'feminine' : 'masculine'
}

function clock(hour: number, minute: number): string {
  const hours = cardinal(String(hour), 'feminine')
  return minute === 0 ? hours : `${hours} e ${cardinal(String(minute), 'masculine')}`
}

function date(day: string, month: number, year: string | undefined): string {
  const said = `${day === '1' ? 'primo' : cardinal(day, 'masculine')} ${months[month - 1]}`
  return year === undefined ? said : `${said} ${cardinal(year, 'masculine')}`
}

const writtenDates: readonly Replacement[] = [
  [
    /(?<=(?<!\p{L})(?:il|dal|al|entro il) )(0?[1-9]|[12]\d|3[01])\/(0?[1-9]|1[0-2])(?![\d/])/giu,
    (day, month) => date(String(Number(day)), Number(month), undefined),
  ],
  [new RegExp(`(?<![\\d.,/])1[°º]?(?= (?:${months.join('|')})\\b)`, 'giu'), 'primo'],
]

const fractionNames: Readonly<Record<number, readonly [one: string, many: string]>> = {
  2: ['mezzo', 'mezzi'],
  3: ['terzo', 'terzi'],
  4: ['quarto', 'quarti'],
  5: ['quinto', 'quinti'],
  8: ['ottavo', 'ottavi'],
  10: ['decimo', 'decimi'],
}

function fraction(numerator: number, denominator: number): string | undefined {
  const [one, many] = fractionNames[denominator] ?? []
  if (one === undefined || many === undefined || numerator >= denominator) return undefined
  if (numerator === 1) return denominator === 2 ? one : `un ${one}`
  return `${toCardinal(numerator)} ${many}`
}

const units = {
  ...nounTable({
    mm: 'millimetro|millimetri',
    cm: 'centimetro|centimetri',
    m: 'metro|metri',
    km: 'chilometro|chilometri',
    'km/h': 'chilometro orario|chilometri orari',
    mg: 'milligrammo|milligrammi',
    g: 'grammo|grammi',
    hg: 'etto|etti',
    kg: 'chilo|chili',
    ml: 'millilitro|millilitri',
    mL: 'millilitro|millilitri',
    cl: 'centilitro|centilitri',
    l: 'litro|litri',
    L: 'litro|litri',
    s: 'secondo|secondi',
    sec: 'secondo|secondi',
    min: 'minuto|minuti',
    KB: 'kilobyte',
    MB: 'megabyte',
    GB: 'gigabyte',
    TB: 'terabyte',
    W: 'watt',
    kW: 'chilowatt',
    kWh: 'chilowattora',
    V: 'volt',
    ha: 'ettaro|ettari',
    '°C': 'grado Celsius|gradi Celsius',
    ºC: 'grado Celsius|gradi Celsius',
    '°F': 'grado Fahrenheit|gradi Fahrenheit',
    '°': 'grado|gradi',
    Hz: 'hertz',
    kHz: 'chilohertz',
    MHz: 'megahertz',
    GHz: 'gigahertz',
    '"': 'pollice|pollici',
  }),
  ...nounTable({ h: 'ora|ore', t: 'tonnellata|tonnellate' }, 'feminine'),
}

const cent: Noun = { one: 'centesimo', many: 'centesimi' }
const dollar = { one: 'dollaro', many: 'dollari', cent }
const euro = { one: 'euro', many: 'euro', cent }
const pound = {
  one: 'sterlina',
  many: 'sterline',
  gender: 'feminine',
  cent: { one: 'penny', many: 'pence' },
} as const
const real = { one: 'real', many: 'real', cent: { one: 'centavo', many: 'centavos' } }
const yen = { one: 'yen', many: 'yen' }
const rupee = { one: 'rupia', many: 'rupie', gender: 'feminine' } as const

export const italian: SpokenLanguage = {
  decimalMark: ',',
  decimalName: 'virgola',
  decimalsOneByOne: false,
  codeZero: 'zero',
  cardinal,
  beforeNoun,
  ordinal,
  year: (digits) => cardinal(digits, 'masculine'),
  genderOf,
  ordinalMarks: { masculine: 'º', feminine: 'ª' },
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
    CHF: { one: 'franco svizzero', many: 'franchi svizzeri', cent },
  },
  centJoint: 'e',
  scales: {
    mila: 'mila',
    mln: 'milioni',
    mld: 'miliardi',
    milione: 'milione',
    milioni: 'milioni',
    miliardo: 'miliardo',
    miliardi: 'miliardi',
  },
  afterMillions: (noun, numeral) => (/mili(?:one|oni|ardo|ardi)$/u.test(numeral) ? `di ${noun}` : noun),
  units,
  powers: { one: ['quadrato', 'cubo'], many: ['quadrati', 'cubi'] },
  powerFirst: false,
  fraction,
  mixedJoint: 'e',
  codeWords: '(?:codice|PIN|password)(?: (?:è|numero))?',
  numberedThings:
    'capitolo|parte|volume|tomo|libro|atto|scena|sezione|articolo|fase|livello|tipo|classe|guerra mondiale|allegato|titolo',
  rulers:
    'Paolo|Giovanni|Pio|Benedetto|Leone|Gregorio|Vittorio Emanuele|Emanuele|Umberto|Carlo|Luigi|Enrico|Elisabetta|Filippo|Federico|Napoleone|Francesco|Alessandro|Clemente|Giorgio|Nicola|Caterina|Ferdinando',
  regnal: (value) => toOrdinal(value),
  ordinalRoman: '(?= secolo(?!\\p{L}))',
  signs: {
    dot: 'punto',
    at: 'chiocciola',
    slash: 'barra',
    dash: 'trattino',
    underscore: 'trattino basso',
    minus: 'meno',
    plus: 'più',
    plusOrMinus: 'più o meno',
    times: 'per',
    dividedBy: 'diviso',
    equals: 'uguale',
    number: 'numero',
    to: 'a',
    by: 'per',
    over: 'su',
    lessThan: 'meno di',
    moreThan: 'più di',
    about: 'circa',
    and: 'e',
    percent: 'per cento',
    per: 'per',
  },
  abbreviations: [
    ...shortened({
      Sig: 'signor',
      'Sig.ra': 'signora',
      'Sig.na': 'signorina',
      'Dott.ssa': 'dottoressa',
      Dott: 'dottor',
      Dr: 'dottor',
      'Prof.ssa': 'professoressa',
      Prof: 'professor',
      Ing: 'ingegner',
      Avv: 'avvocato',
      Geom: 'geometra',
      Arch: 'architetto',
      ecc: 'eccetera',
      etc: 'eccetera',
      cap: 'capitolo',
      pag: 'pagina',
      pagg: 'pagine',
      art: 'articolo',
      vol: 'volume',
      tel: 'telefono',
      ca: 'circa',
      'p.es': 'per esempio',
      'a.C': 'avanti Cristo',
      'd.C': 'dopo Cristo',
      Spett: 'spettabile',
      max: 'massimo',
    }),
    [/(?<!\p{L})(?:Sig\.ra|sig\.ra)(?!\p{L})/gu, 'signora'],
    [/(?<!\p{L})(?:Dott\.ssa|dott\.ssa)(?!\p{L})/gu, 'dottoressa'],
    [/(?<!\p{L})(?:Prof\.ssa|prof\.ssa)(?!\p{L})/gu, 'professoressa'],
    [/(?<!\p{L})P\.zza(?!\p{L})/gu, 'piazza'],
    [/(?<!\p{L})V\.le(?!\p{L})/gu, 'viale'],
    [/(?<!\p{L})C\.so(?!\p{L})/gu, 'corso'],
    [/(?<!\p{L})S\.(?= \p{Lu}\p{Ll})/gu, 'San'],
    [/(?<!\p{L})n[.º°] ?(?=\d)/giu, 'numero '],
    [/(?<!\p{L})S\.p\.A\.?/gu, 'S.P.A'],
    [/(?<!\p{L})S\.r\.l\.?/gu, 'S.R.L'],
    // "Alle 15.30" is a time; elsewhere the full stop parts thousands.
    [/(?<=(?<!\p{L})(?:alle|dalle|all'una|ore|le) )([01]?\d|2[0-3])\.([0-5]\d)(?!\d|\.\d)/giu, '$1:$2'],
    [/(?<![\d/])(?<!\d )(?:1\/2|½)(?= (?:ora|tazza|dozzina|bottiglia)\p{L}*)/gu, 'mezza'],
    // "3° piano", but "21° di notte".
    [/(?<=(?<![\d.,])\d{1,3})°(?= (?!(?:di|a|in|e|o|nel|con|per|ma)(?!\p{L}))\p{Ll})/gu, 'º'],
    [/\be\/o\b/gu, 'e o'],
  ],
  saidAcronyms: new Set(
    'ONU UNESCO UNICEF NASA FIFA COVID NO SÌ SI IL LA LO UN DI IN SE ME TE CHE NON PIÙ IO TU MA OK VIP AIDS ISTAT FIAT USA'.split(
      ' ',
    ),
  ),
  spelledAcronyms: new Set(['CEO']),
  saysShortAcronyms: true,
}
