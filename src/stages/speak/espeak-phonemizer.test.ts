import createESpeakNG from '@echogarden/espeak-ng-emscripten'
import t from 'tap'
import { EspeakPhonemizer, createEspeakPhonemizer } from './espeak-phonemizer.ts'

const phonemizer = await createEspeakPhonemizer()

t.test('words and their phonemes', (t) => {
  t.same(phonemizer.phonemize('Hello there', 'en-us'), [
    ['h', 'ə', 'l', 'ˈoʊ'],
    ['ð', 'ˈɛɹ'],
  ])
  t.same(phonemizer.phonemize('não', 'pt-br'), [['n', 'ˈɐ̃ʊ̃']])
  t.same(phonemizer.phonemize('', 'en-us'), [])
  t.end()
})

t.test('voices are switched back and forth', (t) => {
  const english = phonemizer.phonemize('no', 'en-us')
  t.not(JSON.stringify(phonemizer.phonemize('no', 'pt-br')), JSON.stringify(english))
  t.same(phonemizer.phonemize('no', 'en-us'), english)
  t.end()
})

t.test('an unknown voice is named and does not stick', (t) => {
  const english = phonemizer.phonemize('one', 'en-us')
  t.throws(() => phonemizer.phonemize('one', 'xx-none'), { code: 'ERR_LANGUAGE', message: /xx-none/ })
  t.same(phonemizer.phonemize('one', 'en-us'), english)
  t.end()
})

t.test('a word of another language has its phonemes alone', (t) => {
  t.same(phonemizer.phonemize('le weekend', 'fr').at(-1), ['w', 'iː', 'k', 'ˈɛ', 'n', 'd'])
  t.end()
})

t.test('a zero byte ends nothing', (t) => {
  t.equal(phonemizer.phonemize('one\0two', 'en-us').length, 2)
  t.end()
})

t.test('memory does not grow', async (t) => {
  const module = await createESpeakNG()
  const own = new EspeakPhonemizer(module)
  own.phonemize('warm up', 'en-us')
  const probe = new module.eSpeakNGWorker()
  const nextAddress = (): number => {
    const { ptr } = probe.text_to_phonemes('a few words', 1)
    module._free(ptr)
    return ptr
  }
  const before = nextAddress()
  // Unfreed, the results of these calls would take about 40 bytes each.
  for (let call = 0; call < 2000; call++) own.phonemize(`words ${call}`, 'en-us')
  const moved = Math.abs(nextAddress() - before)
  t.ok(moved < 10_000, `the next result stands ${moved} bytes from where it stood before`)
})
