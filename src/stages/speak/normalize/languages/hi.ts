/** Hindi. */
import { toCardinal, toOrdinal } from 'n2words/hi-IN'
import type { Noun, Replacement, SpokenLanguage } from '../language.ts'
import { nounTable } from '../nouns.ts'

const months = 'जनवरी फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर'.split(' ')

/** Years of the last millennium are counted in hundreds: "उन्नीस सौ सैंतालीस". */
function year(digits: string): string {
  const century = digits.slice(0, -2)
  if (digits.length !== 4 || !/^1[1-9]/u.test(digits)) return toCardinal(digits)
  const rest = Number(digits.slice(-2))
  return `${toCardinal(century)} सौ${rest === 0 ? '' : ` ${toCardinal(rest)}`}`
}

function clock(hour: number, minute: number, half: 'am' | 'pm' | undefined): string {
  const period =
    half === undefined ? '' : half === 'am' ? 'सुबह ' : hour === 12 || hour < 5 ? 'दोपहर ' : 'शाम '
  if (minute === 0) return `${period}${toCardinal(hour)} बजे`
  return `${period}${toCardinal(hour)} बजकर ${toCardinal(minute)} मिनट`
}

/** With "बजे" quarters have names of their own. */
function clockWithBaje(hourDigits: string, minuteDigits: string): string {
  const hour = Number(hourDigits)
  if (minuteDigits === '00') return `${toCardinal(hour)} बजे`
  if (minuteDigits === '15') return `सवा ${toCardinal(hour)} बजे`
  if (minuteDigits === '30') {
    if (hour === 1) return 'डेढ़ बजे'
    return hour === 2 ? 'ढाई बजे' : `साढ़े ${toCardinal(hour)} बजे`
  }
  if (minuteDigits === '45') return hour === 12 ? 'पौन बजे' : `पौने ${toCardinal((hour % 12) + 1)} बजे`
  return `${toCardinal(hour)} बजकर ${toCardinal(Number(minuteDigits))} मिनट पर`
}

function date(day: string, month: number, yearDigits: string | undefined): string {
  const said = `${toCardinal(day)} ${months[month - 1]}`
  return yearDigits === undefined ? said : `${said} ${year(yearDigits)}`
}

const writtenDates: readonly Replacement[] = [
  [/(?<![\d:])(\d{1,2}):(\d{2}) ?बजे/gu, (hour, minute) => clockWithBaje(hour ?? '', minute ?? '')],
  [
    /(?<![\d.,])(\d{1,4})(वाँ|वां|वीं|वें|वी|वे)(?![\p{L}\p{M}])/gu,
    (digits, ending) => toCardinal(digits ?? '') + ending,
  ],
  [/(?<![\d.,])1(ला|ली|ले)(?![\p{L}\p{M}])/gu, 'पह$1'],
  [/(?<![\d.,])2(रा|री|रे)(?![\p{L}\p{M}])/gu, 'दूस$1'],
  [/(?<![\d.,])3(रा|री|रे)(?![\p{L}\p{M}])/gu, 'तीस$1'],
  [/(?<![\d.,])4(था|थी|थे)(?![\p{L}\p{M}])/gu, 'चौ$1'],
  [/(?<![\d.,])6(ठा|ठी|ठे)(?![\p{L}\p{M}])/gu, 'छ$1'],
]

const fractionNames: Readonly<Record<string, string>> = {
  '1/2': 'आधा',
  '1/3': 'एक तिहाई',
  '2/3': 'दो तिहाई',
  '1/4': 'एक चौथाई',
  '3/4': 'तीन चौथाई',
}

const units = nounTable({
  mm: 'मिलीमीटर',
  cm: 'सेंटीमीटर',
  m: 'मीटर',
  km: 'किलोमीटर',
  'km/h': 'किलोमीटर प्रति घंटा',
  mg: 'मिलीग्राम',
  g: 'ग्राम',
  kg: 'किलो',
  ml: 'मिलीलीटर',
  l: 'लीटर',
  L: 'लीटर',
  s: 'सेकंड',
  min: 'मिनट',
  h: 'घंटा|घंटे',
  MB: 'मेगाबाइट',
  GB: 'गीगाबाइट',
  TB: 'टेराबाइट',
  W: 'वाट',
  kW: 'किलोवाट',
  V: 'वोल्ट',
  '°C': 'डिग्री सेल्सियस',
  '°F': 'डिग्री फ़ारेनहाइट',
  '°': 'डिग्री',
  Hz: 'हर्ट्ज़',
  MHz: 'मेगाहर्ट्ज़',
  GHz: 'गीगाहर्ट्ज़',
  '"': 'इंच',
  किमी: 'किलोमीटर',
  'किमी/घंटा': 'किलोमीटर प्रति घंटा',
  सेमी: 'सेंटीमीटर',
  मिमी: 'मिलीमीटर',
  किग्रा: 'किलोग्राम',
  मिली: 'मिलीलीटर',
})

const rupee = { one: 'रुपया', many: 'रुपये', cent: { one: 'पैसा', many: 'पैसे' } }
const cent: Noun = { one: 'सेंट', many: 'सेंट' }
const dollar = { one: 'डॉलर', many: 'डॉलर', cent }
const euro = { one: 'यूरो', many: 'यूरो', cent }
const pound = { one: 'पाउंड', many: 'पाउंड', cent: { one: 'पेनी', many: 'पेंस' } }
const yen = { one: 'येन', many: 'येन' }

export const hindi: SpokenLanguage = {
  decimalMark: '.',
  decimalName: 'दशमलव',
  decimalsOneByOne: true,
  codeZero: 'शून्य',
  cardinal: (digits) => toCardinal(digits),
  ordinal: (digits) => toOrdinal(digits),
  year,
  genderOf: () => 'masculine',
  ordinalMarks: { masculine: '(?:st|nd|rd|th)', feminine: 'ª' },
  clock,
  date,
  writtenDates,
  currencies: {
    '₹': rupee,
    'रु.': rupee,
    'Rs.': rupee,
    Rs: rupee,
    INR: rupee,
    $: dollar,
    US$: dollar,
    USD: dollar,
    '€': euro,
    EUR: euro,
    '£': pound,
    GBP: pound,
    R$: { one: 'रियाल', many: 'रियाल' },
    '¥': yen,
  },
  centJoint: '',
  scales: {
    हज़ार: 'हज़ार',
    हजार: 'हज़ार',
    लाख: 'लाख',
    करोड़: 'करोड़',
    अरब: 'अरब',
    मिलियन: 'मिलियन',
    बिलियन: 'बिलियन',
  },
  afterMillions: (noun) => noun,
  units,
  powers: { one: ['वर्ग', 'घन'], many: ['वर्ग', 'घन'] },
  powerFirst: true,
  fraction: (numerator, denominator) => fractionNames[`${numerator}/${denominator}`],
  mixedJoint: 'सही',
  codeWords: '(?:कोड|पिन|PIN|पासवर्ड|ओटीपी|OTP)(?: नंबर)?',
  numberedThings: 'अध्याय|भाग|खंड|अंक|कक्षा|विश्व युद्ध',
  rulers: 'एलिज़ाबेथ|जॉर्ज|हेनरी|एडवर्ड|चार्ल्स',
  regnal: (value) => toOrdinal(value),
  ordinalRoman: undefined,
  signs: {
    dot: 'डॉट',
    at: 'ऐट',
    slash: 'स्लैश',
    dash: 'डैश',
    underscore: 'अंडरस्कोर',
    minus: 'माइनस',
    plus: 'प्लस',
    plusOrMinus: 'प्लस या माइनस',
    times: 'गुणा',
    dividedBy: 'भाग',
    equals: 'बराबर',
    number: 'नंबर',
    to: 'से',
    by: 'गुणा',
    over: 'बटा',
    lessThan: 'से कम',
    moreThan: 'से ज़्यादा',
    about: 'लगभग',
    and: 'और',
    percent: 'प्रतिशत',
    per: 'प्रति',
  },
  abbreviations: [
    [/(?<![\p{L}\p{M}])डॉ\./gu, 'डॉक्टर'],
    [/(?<![\p{L}\p{M}])डा\./gu, 'डॉक्टर'],
    [/(?<![\p{L}\p{M}])प्रो\./gu, 'प्रोफ़ेसर'],
    [/(?<![\p{L}\p{M}])नं\. ?(?=\d)/gu, 'नंबर '],
    [/(?<![\p{L}\p{M}])पृ\. ?(?=\d)/gu, 'पृष्ठ '],
    [/(?<![\p{L}\p{M}])ई\. ?पू\./gu, 'ईसा पूर्व'],
    [/(?<![\p{L}\p{M}])कि\. ?मी\./gu, 'किलोमीटर'],
    [/(?<![\p{L}\p{M}])कि\. ?ग्रा\./gu, 'किलोग्राम'],
    [/(?<![\p{L}\p{M}])रु(?:पए|पये)?\. ?(?=\d)/gu, '₹'],
  ],
  saidAcronyms: new Set(['NASA', 'NATO', 'UNESCO', 'UNICEF', 'AIDS', 'COVID']),
  spelledAcronyms: new Set(),
  saysShortAcronyms: false,
  letterNames: {
    A: 'ए',
    B: 'बी',
    C: 'सी',
    D: 'डी',
    E: 'ई',
    F: 'एफ़',
    G: 'जी',
    H: 'एच',
    I: 'आई',
    J: 'जे',
    K: 'के',
    L: 'एल',
    M: 'एम',
    N: 'एन',
    O: 'ओ',
    P: 'पी',
    Q: 'क्यू',
    R: 'आर',
    S: 'एस',
    T: 'टी',
    U: 'यू',
    V: 'वी',
    W: 'डब्ल्यू',
    X: 'एक्स',
    Y: 'वाई',
    Z: 'ज़ेड',
  },
}
