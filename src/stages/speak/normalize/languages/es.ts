/** Spanish. */
import { toCardinal, toOrdinal } from 'n2words/es-ES'
import { shortened } from '../abbreviations.ts'
import type { Gender, Noun, Replacement, SpokenLanguage } from '../language.ts'
import { nounTable } from '../nouns.ts'

const months =
  'enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre'.split(' ')

/** Accents that the package leaves out, and the short form that "uno" has before "mil". */
function cardinal(digits: string, gender: Gender): string {
  return toCardinal(digits, { gender })
    .replace(/\bdieciseis\b/gu, 'dieciséis')
    .replace(/\bveintidos\b/gu, 'veintidós')
    .replace(/\bveintitres\b/gu, 'veintitrés')
    .replace(/\bveintiseis\b/gu, 'veintiséis')
    .replace(/\bveintiuno (?=mil)/gu, 'veintiún ')
    .replace(/\buno (?=mil)/gu, 'un ')
}

const noNoun = /^(?:y|o|u|e|de|del|a|al|en|es|con|por|que|para|ni|no|se|el|la|los|las|más|menos)$/iu

/** Before a masculine noun "uno" is "un". */
function beforeNoun(numeral: string, noun: string): string {
  if (noNoun.test(noun)) return numeral
  return numeral.replace(/\bveintiuno$/u, 'veintiún').replace(/\buno$/u, 'un')
}

const feminine =
  /(?:as?|ción|ciones|sión|siones|dad|dades|tud|tudes|umbre|umbres)$|^(?:vez|veces|mujer|mujeres|flor|flores|noches?|tardes?|partes?|madres?|calles?|llaves?|manos?|luz|luces|voz|voces|leyes|ley|clases?|fases?|bases?|redes|red|sangre)$/iu
const masculine =
  /(?:ema|emas|grama|gramas|oma|omas)$|^(?:días?|mapas?|para|planetas?|turistas?|artistas?|dentistas?|a|la|las|mañana|ella|ellas|nada|cada|era|hasta|contra)$/iu

function genderOf(noun: string): Gender {
  return feminine.test(noun) && !masculine.test(noun) ? 'feminine' : 'masculine'
}

function clock(hour: number, minute: number, half: 'am' | 'pm' | undefined): string {
  const tail =
    minute === 0
      ? half === undefined && hour !== 1
        ? ' horas'
        : ''
      : ` y ${cardinal(String(minute), 'masculine')}`
  const period =
    half === undefined
      ? ''
      : half === 'am'
        ? ' de la mañana'
        : hour === 12 || hour < 8
          ? ' de la tarde'
          : ' de la noche'
  return `${cardinal(String(hour), 'feminine')}${tail}${period}`
}

function date(day: string, month: number, year: string | undefined): string {
  const said = `${day === '1' ? 'primero' : cardinal(day, 'masculine')} de ${months[month - 1]}`
  return year === undefined ? said : `${said} de ${cardinal(year, 'masculine')}`
}

const writtenDates: readonly Replacement[] = [
  [
    /(?<=(?<!\p{L})(?:día|el|hasta|desde) )(0?[1-9]|[12]\d|3[01])\/(0?[1-9]|1[0-2])(?![\d/])/giu,
    (day, month) => date(String(Number(day)), Number(month), undefined),
  ],
  [new RegExp(`(?<![\\d.,/])1(?= de (?:${months.join('|')})\\b)`, 'giu'), 'primero'],
]

const fractionNames: Readonly<Record<number, readonly [one: string, many: string]>> = {
  2: ['medio', 'medios'],
  3: ['tercio', 'tercios'],
  4: ['cuarto', 'cuartos'],
  5: ['quinto', 'quintos'],
  8: ['octavo', 'octavos'],
  10: ['décimo', 'décimos'],
}

function fraction(numerator: number, denominator: number): string | undefined {
  const [one, many] = fractionNames[denominator] ?? []
  if (one === undefined || many === undefined || numerator >= denominator) return undefined
  if (numerator === 1) return denominator === 2 ? one : `un ${one}`
  return `${cardinal(String(numerator), 'masculine')} ${many}`
}

const units = {
  ...nounTable({
    mm: 'milímetro|milímetros',
    cm: 'centímetro|centímetros',
    m: 'metro|metros',
    km: 'kilómetro|kilómetros',
    mg: 'miligramo|miligramos',
    g: 'gramo|gramos',
    kg: 'kilo|kilos',
    ml: 'mililitro|mililitros',
    mL: 'mililitro|mililitros',
    l: 'litro|litros',
    L: 'litro|litros',
    s: 'segundo|segundos',
    seg: 'segundo|segundos',
    min: 'minuto|minutos',
    KB: 'kilobyte|kilobytes',
    MB: 'megabyte|megabytes',
    GB: 'gigabyte|gigabytes',
    TB: 'terabyte|terabytes',
    W: 'vatio|vatios',
    kW: 'kilovatio|kilovatios',
    kWh: 'kilovatio hora|kilovatios hora',
    V: 'voltio|voltios',
    ha: 'hectárea|hectáreas',
    '°C': 'grado Celsius|grados Celsius',
    ºC: 'grado Celsius|grados Celsius',
    '°F': 'grado Fahrenheit|grados Fahrenheit',
    '°': 'grado|grados',
    Hz: 'hercio|hercios',
    kHz: 'kilohercios',
    MHz: 'megahercios',
    GHz: 'gigahercios',
    Mbps: 'megabits por segundo',
    mph: 'millas por hora',
  }),
  ...nounTable({ h: 'hora|horas', t: 'tonelada|toneladas', '"': 'pulgada|pulgadas' }, 'feminine'),
}

const cent: Noun = { one: 'céntimo', many: 'céntimos' }
const dollar = { one: 'dólar', many: 'dólares', cent: { one: 'centavo', many: 'centavos' } }
const euro = { one: 'euro', many: 'euros', cent }
const pound = {
  one: 'libra',
  many: 'libras',
  gender: 'feminine',
  cent: { one: 'penique', many: 'peniques' },
} as const
const real = { one: 'real', many: 'reales', cent: { one: 'centavo', many: 'centavos' } }
const yen = { one: 'yen', many: 'yenes' }
const rupee = { one: 'rupia', many: 'rupias', gender: 'feminine' } as const

export const spanish: SpokenLanguage = {
  decimalMark: ',',
  decimalName: 'coma',
  decimalsOneByOne: false,
  codeZero: 'cero',
  cardinal,
  beforeNoun,
  ordinal: (digits, gender) => toOrdinal(digits, { gender }),
  year: (digits) => cardinal(digits, 'masculine'),
  genderOf,
  ordinalMarks: { masculine: '(?:\\.?º|er)', feminine: '\\.?ª' },
  clock,
  date,
  writtenDates,
  currencies: {
    $: dollar,
    US$: dollar,
    USD: dollar,
    '€': euro,
    EUR: euro,
    '£': pound,
    GBP: pound,
    R$: real,
    BRL: real,
    '¥': yen,
    JPY: yen,
    '₹': rupee,
    MXN: { one: 'peso', many: 'pesos', cent: { one: 'centavo', many: 'centavos' } },
  },
  centJoint: 'con',
  scales: {
    mil: 'mil',
    M: 'millones',
    millón: 'millón',
    millones: 'millones',
    billón: 'billón',
    billones: 'billones',
  },
  afterMillions: (noun, numeral) => (/ll(?:ón|ones)$/u.test(numeral) ? `de ${noun}` : noun),
  units,
  powers: { one: ['cuadrado', 'cúbico'], many: ['cuadrados', 'cúbicos'] },
  powerFirst: false,
  fraction,
  mixedJoint: 'y',
  codeWords: '(?:código|PIN|contraseña|clave)(?: (?:es|número))?',
  numberedThings:
    'capítulo|parte|volumen|tomo|libro|acto|escena|sección|artículo|fase|nivel|tipo|clase|guerra mundial|siglo|siglos|anexo|título',
  rulers:
    'Felipe|Carlos|Alfonso|Fernando|Isabel|Juan|Pablo|Pío|Benedicto|León|Luis|Enrique|Jorge|Guillermo|Eduardo|Ricardo|Pedro|Catalina|Nicolás|Alejandro|Federico|Napoleón|Francisco|Gregorio|Jaime|Sancho',
  regnal: (value) => (value <= 10 ? toOrdinal(value) : cardinal(String(value), 'masculine')),
  ordinalRoman: undefined,
  signs: {
    dot: 'punto',
    at: 'arroba',
    slash: 'barra',
    dash: 'guion',
    underscore: 'guion bajo',
    minus: 'menos',
    plus: 'más',
    plusOrMinus: 'más o menos',
    times: 'por',
    dividedBy: 'dividido por',
    equals: 'igual a',
    number: 'número',
    to: 'a',
    by: 'por',
    over: 'sobre',
    lessThan: 'menos de',
    moreThan: 'más de',
    about: 'unos',
    and: 'y',
    percent: 'por ciento',
    per: 'por',
  },
  abbreviations: [
    ...shortened({
      Sr: 'señor',
      Sra: 'señora',
      Sres: 'señores',
      Srta: 'señorita',
      Dr: 'doctor',
      Dra: 'doctora',
      Prof: 'profesor',
      Ing: 'ingeniero',
      Lic: 'licenciado',
      Gral: 'general',
      Ud: 'usted',
      Uds: 'ustedes',
      Vd: 'usted',
      Sta: 'Santa',
      Sto: 'Santo',
      Avda: 'avenida',
      Av: 'avenida',
      Pza: 'plaza',
      Ctra: 'carretera',
      Cía: 'compañía',
      pág: 'página',
      págs: 'páginas',
      cap: 'capítulo',
      vol: 'volumen',
      art: 'artículo',
      núm: 'número',
      tel: 'teléfono',
      etc: 'etcétera',
      'p.ej': 'por ejemplo',
      aprox: 'aproximadamente',
      máx: 'máximo',
      mín: 'mínimo',
    }),
    [/(?<![\p{L}\d.,])1(?:er(?!\p{L})|\.?º(?= \p{Ll}))/gu, 'primer'],
    [/(?<![\p{L}\d.,])3(?:er(?!\p{L})|\.?º(?= \p{Ll}))/gu, 'tercer'],
    [/(?<!\p{L})C\/ ?(?=\p{Lu})/gu, 'calle '],
    [/(?<!\p{L})D\.(?= \p{Lu})/gu, 'don'],
    [/(?<!\p{L})Dª\.?(?= \p{Lu})/gu, 'doña'],
    [/(?<!\p{L})n\.?[º°]\.? ?(?=\d)/giu, 'número '],
    [/(?<!\p{L})s\. (?=[IVX]+\b)/gu, 'siglo '],
    [/(?<!\p{L})a\. ?C\./gu, 'antes de Cristo'],
    [/(?<!\p{L})d\. ?C\./gu, 'después de Cristo'],
    [/(?<!\p{L})EE\. ?UU\./gu, 'Estados Unidos'],
    [/(?<![\d/])(?<!\d )(?:1\/2|½)(?= (?:hora|taza|docena|cucharad)\p{L}*)/gu, 'media'],
    [/\by\/o\b/gu, 'y o'],
    [/(\d{1,2}:\d{2}) ?(?:h|horas)\b\.?/gu, '$1'],
  ],
  saidAcronyms: new Set(
    'ONU OTAN OVNI UNESCO UNICEF NASA FIFA COVID NO SÍ SI YA EL LA UN DE EN ME TE SE LO MI TU YO MUY MÁS QUE HOY AQUÍ OK VIP SIDA RENFE'.split(
      ' ',
    ),
  ),
  spelledAcronyms: new Set(['CEO', 'SUV', 'FBI', 'CIA']),
  saysShortAcronyms: true,
}
