/** Brazilian Portuguese. */
import { toCardinal, toOrdinal } from 'n2words/pt-PT'
import { shortened } from '../abbreviations.ts'
import type { Gender, Noun, Replacement, SpokenLanguage } from '../language.ts'
import { nounTable } from '../nouns.ts'

const months =
  'janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro'.split(' ')

/** n2words has the numerals of Portugal; up to a thousand Brazil differs in three of them. */
function hundreds(value: number): string {
  return toCardinal(value)
    .replace('dezasseis', 'dezesseis')
    .replace('dezassete', 'dezessete')
    .replace('dezanove', 'dezenove')
}

const scales: readonly (readonly [one: string, many: string])[] = [
  ['', ''],
  ['mil', 'mil'],
  ['milhão', 'milhões'],
  ['bilhão', 'bilhões'],
  ['trilhão', 'trilhões'],
]

/** "mil duzentos e trinta", but "mil e duzentos": the last group is joined with "e" where it is round or small. */
function cardinal(digits: string, gender: Gender): string {
  if (/^0+$/u.test(digits)) return 'zero'
  const groups =
    digits
      .padStart(Math.ceil(digits.length / 3) * 3, '0')
      .match(/\d{3}/gu)
      ?.map(Number) ?? []
  const words = groups
    .map((value, index) => ({ value, scale: groups.length - 1 - index }))
    .filter(({ value }) => value > 0)
    .map(({ value, scale }, index, all) => {
      const joint = index > 0 && index === all.length - 1 && (value < 100 || value % 100 === 0) ? 'e ' : ''
      return joint + group(value, scale, gender)
    })
  return words.join(' ')
}

function group(value: number, scale: number, gender: Gender): string {
  if (scale === 0) return inGender(hundreds(value), gender)
  const [one = '', many = ''] = scales[scale] ?? []
  if (value === 1) return scale === 1 ? one : `um ${one}`
  return `${scale === 1 ? inGender(hundreds(value), gender) : hundreds(value)} ${many}`
}

function inGender(words: string, gender: Gender): string {
  if (gender === 'masculine') return words
  return words
    .replace(/\bum$/u, 'uma')
    .replace(/\bdois$/u, 'duas')
    .replace(/(entos)\b/gu, 'entas')
}

function ordinal(digits: string, gender: Gender): string {
  const words = toOrdinal(digits)
  return gender === 'masculine' ? words : words.replace(/o\b/gu, 'a')
}

const feminine =
  /(?:a|as|ção|ções|são|sões|dade|dades|gem|gens|tude|tudes|ã|ãs)$|^(?:vez|vezes|mulher|mulheres|flor|flores|noite|noites|tarde|tardes|parte|partes|mãe|mães|colher|colheres|fome|sede|cor|cores|voz|vozes|luz|luzes|aves?|chaves?|frases?|crises?|fases?|bases?|classes?|pontes?|redes?|paredes?|árvores?|lei|leis|mão|mãos|grande)$/iu
const masculine =
  /(?:ema|emas|oma|omas|grama|gramas|eta|etas)$|^(?:dias?|mapas?|pijamas?|turistas?|dentistas?|motoristas?|artistas?|planetas?|cometas?|para|na|nas|da|das|à|às|a|as|mas|ela|elas|essa|essas|esta|estas|seja|era|fora|agora|ainda|nada|cada|toda|todas|quilogramas?|coração|corações|avião|aviões|caminhão|caminhões|cidadão)$/iu
/** Nouns that the endings of masculine ones take in. */
const feminineAfterAll = /^(?:gavetas?|bicicletas?|camisetas?|receitas?|canetas?|letas?|gemas?)$/iu

function genderOf(noun: string): Gender {
  if (feminineAfterAll.test(noun)) return 'feminine'
  return feminine.test(noun) && !masculine.test(noun) ? 'feminine' : 'masculine'
}

function clock(hour: number, minute: number): string {
  const hours = `${cardinal(String(hour), 'feminine')} ${hour === 1 ? 'hora' : 'horas'}`
  if (minute === 0) return hours
  return `${hours} e ${cardinal(String(minute), 'masculine')} ${minute === 1 ? 'minuto' : 'minutos'}`
}

function date(day: string, month: number, year: string | undefined): string {
  const said = `${day === '1' ? 'primeiro' : cardinal(day, 'masculine')} de ${months[month - 1]}`
  return year === undefined ? said : `${said} de ${cardinal(year, 'masculine')}`
}

const writtenDates: readonly Replacement[] = [
  [
    /(?<=(?<!\p{L})(?:dia|até|em|desde|de|a|para) )(0?[1-9]|[12]\d|3[01])\/(0?[1-9]|1[0-2])(?![\d/])/giu,
    (day, month) => date(String(Number(day)), Number(month), undefined),
  ],
  [new RegExp(`(?<![\\d.,/])1(?= de (?:${months.join('|')})\\b)`, 'giu'), 'primeiro'],
]

const fractionNames: Readonly<Record<number, readonly [one: string, many: string]>> = {
  2: ['meio', 'meios'],
  3: ['terço', 'terços'],
  4: ['quarto', 'quartos'],
  5: ['quinto', 'quintos'],
  8: ['oitavo', 'oitavos'],
  10: ['décimo', 'décimos'],
}

function fraction(numerator: number, denominator: number): string | undefined {
  const [one, many] = fractionNames[denominator] ?? []
  if (one === undefined || many === undefined || numerator >= denominator) return undefined
  if (numerator === 1) return denominator === 2 ? one : `um ${one}`
  return `${cardinal(String(numerator), 'masculine')} ${many}`
}

const units = {
  ...nounTable({
    mm: 'milímetro|milímetros',
    cm: 'centímetro|centímetros',
    m: 'metro|metros',
    km: 'quilômetro|quilômetros',
    mg: 'miligrama|miligramas',
    g: 'grama|gramas',
    kg: 'quilo|quilos',
    Kg: 'quilo|quilos',
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
    W: 'watt|watts',
    kW: 'quilowatt|quilowatts',
    V: 'volt|volts',
    ha: 'hectare|hectares',
    '°': 'grau|graus',
    '°C': 'graus Celsius',
    ºC: 'graus Celsius',
    '°F': 'graus Fahrenheit',
    Hz: 'hertz',
    kHz: 'quilohertz',
    MHz: 'megahertz',
    GHz: 'gigahertz',
    Mbps: 'megabits por segundo',
    Gbps: 'gigabits por segundo',
    kWh: 'quilowatts hora',
    mph: 'milhas por hora',
  }),
  ...nounTable(
    {
      t: 'tonelada|toneladas',
      h: 'hora|horas',
      '"': 'polegada|polegadas',
    },
    'feminine',
  ),
}

const cent: Noun = { one: 'centavo', many: 'centavos' }
const real = { one: 'real', many: 'reais', cent }
const dollar = { one: 'dólar', many: 'dólares', cent }
const euro = { one: 'euro', many: 'euros', cent }
const pound = { one: 'libra', many: 'libras', gender: 'feminine', cent } as const
const yen = { one: 'iene', many: 'ienes' }
const rupee = { one: 'rúpia', many: 'rúpias', gender: 'feminine' } as const

export const portuguese: SpokenLanguage = {
  decimalMark: ',',
  decimalName: 'vírgula',
  decimalsOneByOne: false,
  codeZero: 'zero',
  telephoneGroup: (digits) => {
    if (digits === '0800') return 'zero oitocentos'
    return /^[1-9]\d$/u.test(digits)
      ? cardinal(digits, 'masculine')
      : Array.from(digits, (digit) => cardinal(digit, 'masculine')).join(' ')
  },
  cardinal,
  ordinal,
  year: (digits) => cardinal(digits, 'masculine'),
  genderOf,
  ordinalMarks: { masculine: '\\.?[ºo](?!C)', feminine: '\\.?ª' },
  clock,
  date,
  writtenDates,
  currencies: {
    R$: real,
    BRL: real,
    $: dollar,
    US$: dollar,
    USD: dollar,
    '€': euro,
    EUR: euro,
    '£': pound,
    GBP: pound,
    '¥': yen,
    JPY: yen,
    '₹': rupee,
  },
  centJoint: 'e',
  scales: {
    mil: 'mil',
    mi: 'milhões',
    bi: 'bilhões',
    milhão: 'milhão',
    milhões: 'milhões',
    bilhão: 'bilhão',
    bilhões: 'bilhões',
    trilhão: 'trilhão',
    trilhões: 'trilhões',
  },
  afterMillions: (noun, numeral) => (/ilh(?:ão|ões)$/u.test(numeral) ? `de ${noun}` : noun),
  units,
  powers: { one: ['quadrado', 'cúbico'], many: ['quadrados', 'cúbicos'] },
  powerFirst: false,
  fraction,
  mixedJoint: 'e',
  codeWords:
    '(?:senha|código|PIN|protocolo|matrícula|pedido|CPF|CEP|RG)(?: (?:é|número|dele é|dela é|do protocolo é))?|disque',
  numberedThings:
    'capítulo|parte|volume|livro|ato|cena|seção|artigo|inciso|fase|nível|tipo|classe|guerra mundial|século|séculos|tomo|anexo|título',
  rulers:
    'Pedro|João|Paulo|Pio|Bento|Leão|Carlos|Luís|Henrique|Elizabeth|Isabel|Maria|Manuel|Afonso|Filipe|Felipe|Francisco|Gregório|Catarina|Nicolau|Alexandre|Frederico|Napoleão|Ricardo|Eduardo|Jorge|Guilherme|Sancho|José',
  regnal: (value) =>
    value <= 10 ? ordinal(String(value), 'masculine') : cardinal(String(value), 'masculine'),
  ordinalRoman: undefined,
  signs: {
    dot: 'ponto',
    at: 'arroba',
    slash: 'barra',
    dash: 'traço',
    underscore: 'sublinhado',
    minus: 'menos',
    plus: 'mais',
    plusOrMinus: 'mais ou menos',
    times: 'vezes',
    dividedBy: 'dividido por',
    equals: 'igual a',
    number: 'número',
    to: 'a',
    by: 'por',
    over: 'por',
    lessThan: 'menos de',
    moreThan: 'mais de',
    about: 'cerca de',
    and: 'e',
    percent: 'por cento',
    per: 'por',
  },
  abbreviations: [
    ...shortened({
      Sr: 'senhor',
      Sra: 'senhora',
      Srs: 'senhores',
      Srta: 'senhorita',
      Dr: 'doutor',
      Dra: 'doutora',
      Prof: 'professor',
      Profa: 'professora',
      Profª: 'professora',
      Eng: 'engenheiro',
      Gen: 'general',
      Cel: 'coronel',
      Ilma: 'ilustríssima',
      Ilmo: 'ilustríssimo',
      Exma: 'excelentíssima',
      Exmo: 'excelentíssimo',
      Jr: 'Júnior',
      Sta: 'Santa',
      Sto: 'Santo',
      Av: 'avenida',
      Al: 'alameda',
      Rod: 'rodovia',
      Pça: 'praça',
      Cia: 'companhia',
      Ltda: 'limitada',
      apto: 'apartamento',
      bl: 'bloco',
      séc: 'século',
      cap: 'capítulo',
      pág: 'página',
      págs: 'páginas',
      vol: 'volume',
      art: 'artigo',
      inc: 'inciso',
      tel: 'telefone',
      obs: 'observação',
      etc: 'etcétera',
      'p.ex': 'por exemplo',
      aprox: 'aproximadamente',
      máx: 'máximo',
      mín: 'mínimo',
      temp: 'temperatura',
      seg: 'segunda',
      ter: 'terça',
      qua: 'quarta',
      qui: 'quinta',
      sex: 'sexta',
      sáb: 'sábado',
    }),
    [/(?<=(?:^|[,;] ))R\.(?= (?:d[aeo]s? )?\p{Lu})/gu, 'Rua'],
    [/(?<!\p{L})D\.(?= \p{Lu}\p{Ll}*[ao]\b)/gu, 'Dona'],
    [/(?<!\p{L})[Ee]x\. ?(?=\d)/gu, 'exercício '],
    [/(?<!\p{L})[nN](?:[º°]|\.)(?=[ ]?\d)/gu, 'número'],
    [/(?<!\p{L})nº(?= d)/gu, 'número'],
    [/\bkm (?=\d)/gu, 'quilômetro '],
    [
      /(?<=(?:terminou|placar|jogo|venceu|ganhou|perdeu|ganhamos|vencemos|perdemos|por|foi) (?:de )?\d{1,2}) ?[x×] ?(?=\d{1,2}\b)/giu,
      ' a ',
    ],
    [/(?<=\b\d{1,3})x(?= (?:sem|com|de|por|no|ao|mais|menos)\b)/gu, ' vezes'],
    [
      /(?<=\b(?:disque|ligue|ligar|ligue para|ligar para|no|o) )(1(?:00|80|8[18]|9\d))\b(?![.,]\d)/giu,
      (digits) => Array.from(digits ?? '', (digit) => cardinal(digit, 'masculine')).join(' '),
    ],
    [/(?<=\b(?:A|B|AB|O))\+(?=[\s.,;!?]|$)/gu, ' positivo'],
    [/(?<=\b(?:A|B|AB|O))[-−](?=[.,;!?]|$)/gu, ' negativo'],
    [/(?<![\d/])(?<!\d )(?:1\/2|½)(?= (?:xícara|colher|hora|dúzia|garrafa)\p{L}*)/gu, 'meia'],
    [/\be\/ou\b/gu, 'e ou'],
    [/(?<![\p{L}\d])([Vv])c(?![\p{L}\d])/gu, '$1ocê'],
    [/(?<![\p{L}\d])([Tt])bm?(?![\p{L}\d])(?<!\d )/gu, '$1ambém'],
    [/(?<![\p{L}\d])([Pp])fv(?![\p{L}\d])/gu, '$1or favor'],
    [/(?<![\p{L}\d])([Oo])bg(?![\p{L}\d])/gu, '$1brigado'],
    [/(?<![\p{L}\d])([Qq])to(?![\p{L}\d])/gu, '$1uanto'],
    [/(?<![\p{L}\d])([Pp])q(?![\p{L}\d])/gu, '$1orque'],
  ],
  saidAcronyms: new Set(
    'OTAN UNESCO UNICEF NASA FIFA COVID NÃO SIM ALI AÍ JÁ SÓ EU TU ELE ELA NÓS UM UMA DE DA DO EM NO NA OU SE QUE OI OK LÁ TÁ VOU VEM SEM COM POR AO AS OS VIP SAMU IBAMA INSS'.split(
      ' ',
    ),
  ),
  spelledAcronyms: new Set(['EUA', 'CEO', 'INSS', 'SUV', 'UFO']),
  saysShortAcronyms: true,
}
