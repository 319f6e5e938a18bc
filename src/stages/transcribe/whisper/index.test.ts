import { join } from 'node:path'
import t from 'tap'
import { modelDir } from '../../../../test/models.ts'
import { readWav } from '../../../cli/wav.ts'
import { type RecognizeRequest, type Recognition } from '../recognizer.ts'
import { engineModule } from './index.ts'

const speech = join(import.meta.dirname, '../../../../test/fixtures/speech')
const running = { signal: { aborted: false } }

const engine = await engineModule.load({ modelDirs: [modelDir('whisper-base')], threads: 1 })
t.teardown(() => engine.close())

async function recognize(request: RecognizeRequest, options = running): Promise<Recognition> {
  for await (const recognition of engine.run(request, options)) return recognition
  throw new Error('the engine gave nothing')
}

async function clip(name: string): Promise<Float32Array> {
  const { pcm } = await readWav(join(speech, `${name}.wav`))
  return Float32Array.from(pcm, (sample) => sample / 32768)
}

function words(text: string): string {
  return text.toLowerCase().replace(/[^a-z ]/g, '')
}

function repeatableNoise(seconds: number, amplitude: number): Float32Array {
  let state = 1
  return Float32Array.from({ length: seconds * 16000 }, () => {
    state = (state * 48271) % 2147483647
    return amplitude * (state / 1073741823.5 - 1)
  })
}

t.test('says what it can hear', (t) => {
  t.equal(engine.info.model, 'whisper-base')
  t.equal(engine.info.languages.length, 99)
  t.ok(engine.info.languages.includes('pt'))
  t.end()
})

t.test('speech becomes text with times', async (t) => {
  const samples = await clip('pls-hold-while-try')
  const heard = await recognize({ samples, language: 'en' })
  t.equal(words(heard.text), 'please hold while we try to connect you')
  t.equal(heard.language, 'en')
  t.ok(heard.noSpeechProbability < 0.5)
  t.notOk(heard.truncated)
  t.equal(heard.segments.length, 1)
  const [segment] = heard.segments
  t.equal(segment?.text, heard.text)
  t.ok((segment?.endMs ?? 0) > 1500 && (segment?.endMs ?? 0) <= Math.ceil(samples.length / 16))
})

t.test('the language is detected, among those that are asked for', async (t) => {
  const samples = await clip('pls-hold-while-try')
  t.equal((await recognize({ samples, language: 'auto' })).language, 'en')
  const heard = await recognize({ samples, language: 'auto', candidates: ['pt', 'en'] })
  t.equal(words(heard.text), 'please hold while we try to connect you')
  const candidates = ['de', 'ja']
  t.ok(candidates.includes((await recognize({ samples, language: 'auto', candidates })).language))
})

t.test('where there is no speech there is no text', async (t) => {
  for (const language of ['en', 'pt', 'auto']) {
    t.equal(
      (await recognize({ samples: new Float32Array(32000), language })).text,
      '',
      `silence, ${language}`,
    )
    t.equal((await recognize({ samples: repeatableNoise(3, 0.05), language })).text, '', `noise, ${language}`)
  }
  const silence = await recognize({ samples: new Float32Array(32000), language: 'en' })
  t.ok(silence.noSpeechProbability > 0.5)
  t.same(silence.segments, [])
})

t.test('odd audio does no harm', async (t) => {
  for (const length of [0, 1, 159, 161, 3201]) {
    t.equal((await recognize({ samples: new Float32Array(length), language: 'en' })).text, '', `${length}`)
  }
  const broken = new Float32Array(16000).fill(NaN)
  t.equal((await recognize({ samples: broken, language: 'en' })).text, '', 'not a number')
  const loud = repeatableNoise(1, 1e30)
  t.type((await recognize({ samples: loud, language: 'auto' })).text, 'string')
})

t.test('audio longer than the model hears at once is taken in parts', async (t) => {
  const parts = [await clip('pls-hold-while-try'), await clip('vm-marked-urgent'), new Float32Array(8000)]
  const round = parts.reduce((length, part) => length + part.length, 0)
  const samples = new Float32Array(round * 7)
  for (let start = 0; start < samples.length; start += round) {
    let offset = start
    for (const part of parts) {
      samples.set(part, offset)
      offset += part.length
    }
  }
  const heard = await recognize({ samples, language: 'en' })
  t.ok(samples.length > 30 * 16000, `${samples.length / 16000} s`)
  t.ok((heard.text.match(/urgent/gi) ?? []).length >= 6, heard.text)
  t.ok((heard.text.match(/connect you/gi) ?? []).length >= 6, heard.text)
  const starts = heard.segments.map(({ startMs }) => startMs)
  t.same(
    starts,
    starts.toSorted((a, b) => a - b),
  )
  t.ok((heard.segments.at(-1)?.endMs ?? 0) <= Math.ceil(samples.length / 16))
})

t.test('requests that cannot be answered are refused', async (t) => {
  const samples = await clip('vm-marked-urgent')
  await t.rejects(recognize({ samples, language: 'xx' }), { code: 'ERR_LANGUAGE', message: /it hears .*pt/ })
  await t.rejects(recognize({ samples, language: 'auto', candidates: ['xx'] }), { code: 'ERR_LANGUAGE' })
  await t.rejects(recognize({ samples: new Float32Array(301 * 16000), language: 'en' }), /300 s/)
  t.equal(words((await recognize({ samples, language: 'en' })).text), 'message marked urgent', 'it lives on')
})

t.test('words make the text, and go back as a prefix and a draft', async (t) => {
  const samples = await clip('pls-hold-while-try')
  const heard = await recognize({ samples, language: 'en' })
  const { text } = heard
  t.equal(
    heard.words
      .map((word) => word.text)
      .join('')
      .trim(),
    text,
  )
  t.same(
    heard.words.slice(0, 2).map((word) => word.text),
    [' Please', ' hold'],
  )
  const tokens = heard.words.flatMap((word) => word.tokens)
  const wrong = [...tokens.slice(0, 2), ...tokens.slice(3)]
  for (const draft of [tokens, wrong, tokens.slice(0, 4), [...tokens, ...tokens]]) {
    t.equal((await recognize({ samples, language: 'en', draft })).text, text)
    t.equal((await recognize({ samples, language: 'auto', draft })).text, text)
  }
  const prefix = tokens.slice(0, 3)
  t.equal((await recognize({ samples, language: 'en', prefix, draft: tokens.slice(3) })).text, text)
  const settled = heard.words[3]?.tokens ?? []
  const forced = await recognize({ samples, language: 'en', prefix: settled })
  t.same(forced.words[0]?.tokens, settled, forced.text)
})

t.test('a draft makes no speech of noise', async (t) => {
  const draft = [5135, 1797]
  t.equal((await recognize({ samples: repeatableNoise(3, 0.05), language: 'en', draft })).text, '')
  t.equal((await recognize({ samples: new Float32Array(32000), language: 'en', draft })).text, '')
})

t.test('a prefix or draft that cannot be is refused', async (t) => {
  const samples = await clip('vm-marked-urgent')
  const badRequest = { code: 'ERR_BAD_REQUEST' }
  await t.rejects(recognize({ samples, language: 'auto', prefix: [5135] }), badRequest)
  const long = new Float32Array(29 * 16000)
  await t.rejects(recognize({ samples: long, language: 'en', prefix: [5135] }), /28 s at most, this has 29 s/)
  for (const id of [-1, 0.5, NaN, 50257, 50259, 50363, 51865]) {
    await t.rejects(recognize({ samples, language: 'en', prefix: [id] }), badRequest, `${id}`)
    await t.rejects(recognize({ samples, language: 'en', draft: [id] }), badRequest, `${id}`)
  }
  await t.rejects(recognize({ samples, language: 'en', draft: Array<number>(445).fill(5135) }), /takes 444/)
})

t.test('an abort is noticed between steps', async (t) => {
  const samples = await clip('pls-hold-while-try')
  let polls = 0
  const signal = {
    get aborted(): boolean {
      return ++polls > 3
    },
  }
  const heard = await recognize({ samples, language: 'en' }, { signal })
  t.ok(heard.text.length < 'Please hold while we try'.length, heard.text)
  t.same((await recognize({ samples, language: 'en' }, { signal: { aborted: true } })).segments, [])
})
