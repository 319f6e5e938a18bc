import t from 'tap'
import { modelDir } from '../../../../test/models.ts'
import type { SynthesizeRequest } from '../synthesizer.ts'
import { engineModule } from './index.ts'

const engine = await engineModule.load({ modelDirs: [modelDir('espeak-ng')], threads: 1 })
t.teardown(() => engine.close())

const german = { language: 'de', text: 'Ich möchte morgen einen Tisch für zwei Personen reservieren.' }

async function speak(
  request: SynthesizeRequest,
  signal = { aborted: false },
): Promise<Float32Array | undefined> {
  for await (const { samples } of engine.run(request, { signal })) return samples
  return undefined
}

const seconds = (samples: Float32Array | undefined): number => (samples?.length ?? 0) / engine.info.sampleRate

t.test('one robotic voice for each language', (t) => {
  const { voices, sampleRate } = engine.info
  t.equal(sampleRate, 24_000)
  t.ok(voices.length > 90)
  t.equal(new Set(voices.map(({ language }) => language)).size, voices.length)
  t.ok(voices.every(({ robotic, engine }) => robotic && engine === 'espeak-ng'))
  const languages = voices.map(({ language }) => language)
  for (const language of ['de', 'no', 'zh', 'ar', 'sw']) t.ok(languages.includes(language), language)
  t.notOk(languages.includes('ja'), 'which it cannot read')
  t.same(
    voices.find(({ language }) => language === 'de'),
    { id: 'espeak-de', language: 'de', engine: 'espeak-ng', robotic: true },
  )
  t.end()
})

t.test('a sentence', async (t) => {
  const samples = await speak(german)
  t.ok(seconds(samples) > 2.5 && seconds(samples) < 5, `${seconds(samples)} s`)
  const lead = samples?.findIndex((sample) => Math.abs(sample) > 0.005) ?? Infinity
  t.ok(lead < 0.05 * 24_000, `${lead} samples of silence before`)
  const peak = samples?.reduce((largest, sample) => Math.max(largest, Math.abs(sample)), 0) ?? 0
  t.ok(peak > 0.1 && peak < 1, `peak ${peak}`)
})

t.test('each language has a voice that speaks', async (t) => {
  for (const { language } of engine.info.voices) {
    t.ok(seconds(await speak({ language, text: '12' })) > 0.2, language)
  }
})

t.test('speed', async (t) => {
  const [slow, normal, fast] = [0.5, 1, 2].map((speed) => speak({ ...german, speed }))
  t.ok(seconds(await slow) > 1.6 * seconds(await normal))
  t.ok(seconds(await fast) < 0.7 * seconds(await normal))
  await t.rejects(speak({ ...german, speed: 3 }), { code: 'ERR_BAD_REQUEST' })
})

t.test('nothing to say is no error', async (t) => {
  for (const text of ['', '🙂', '?!']) t.equal(await speak({ language: 'de', text }), undefined)
})

t.test('a cancelled request is given up', async (t) => {
  const samples = await speak({ ...german, text: german.text.repeat(20) }, { aborted: true })
  t.ok(seconds(samples) < 1, `${seconds(samples)} s`)
})

t.test('other languages and voices are refused with what there is', async (t) => {
  await t.rejects(speak({ language: 'ja', text: 'は' }), {
    code: 'ERR_LANGUAGE',
    message: /voices for af, am/,
  })
  await t.rejects(speak({ ...german, voice: 'heart' }), {
    code: 'ERR_VOICE',
    message: /voices are espeak-de/,
  })
})
