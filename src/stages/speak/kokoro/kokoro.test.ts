import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { modelDir } from '../../../../test/models.ts'
import type { SynthesizeRequest } from '../synthesizer.ts'
import { engineModule } from './index.ts'

const installed = modelDir('kokoro')
const engine = await engineModule.load({ modelDirs: [installed], threads: 2 })
t.teardown(() => engine.close())

async function speak(request: Partial<SynthesizeRequest>): Promise<Float32Array[]> {
  const chunks: Float32Array[] = []
  const signal = { aborted: false }
  for await (const { samples } of engine.run({ text: '', language: 'pt', ...request }, { signal })) {
    chunks.push(samples)
  }
  return chunks
}

t.test('what it can do', (t) => {
  t.equal(engine.info.sampleRate, 24_000)
  const dora = { id: 'pf_dora', language: 'pt', engine: 'kokoro', gender: 'female' }
  t.same(engine.info.voices[0], dora)
  t.same(
    [...new Set(engine.info.voices.map(({ language }) => language))],
    ['pt', 'es', 'fr', 'hi', 'it', 'en'],
  )
  t.end()
})

t.test('a sentence in each voice', async (t) => {
  const texts: Readonly<Record<string, string>> = {
    pt: 'Você poderia me dizer onde fica a farmácia?',
    es: '¿Podría decirme dónde está la farmacia, por favor?',
    fr: 'Pourriez-vous me dire où se trouve la pharmacie ?',
    hi: 'क्या आप मुझे बता सकते हैं कि दवा की दुकान कहाँ है?',
    it: 'Potrebbe dirmi dove si trova la farmacia, per favore?',
    en: 'Could you please tell me where the pharmacy is?',
  }
  const heard = new Set<string>()
  for (const { id, language } of engine.info.voices) {
    const [samples = new Float32Array(), ...more] = await speak({
      text: texts[language]!,
      language,
      voice: id,
    })
    t.equal(more.length, 0)
    const seconds = samples.length / 24_000
    t.ok(seconds > 1.5 && seconds < 5, `${id}: ${seconds} s`)
    const lead = samples.findIndex((sample) => Math.abs(sample) > 0.005)
    t.ok(lead < 0.05 * 24_000, `${lead} samples of silence before`)
    const peak = samples.reduce((largest, sample) => Math.max(largest, Math.abs(sample)), 0)
    t.ok(peak > 0.1 && peak < 1, `peak ${peak}`)
    t.ok(samples.every((sample) => Number.isFinite(sample)))
    heard.add(samples.subarray(0, 12_000).join())
  }
  t.equal(heard.size, engine.info.voices.length, 'the voices differ')
})

t.test('one phoneme and the longest text of one run', async (t) => {
  t.equal((await speak({ text: 'a' })).length, 1)
  // 509 tokens: the last row of a voice's styles but one.
  const chunks = await speak({ text: 'é '.repeat(170) })
  t.equal(chunks.length, 1)
  t.ok(chunks[0]!.every((sample) => Number.isFinite(sample)))
})

t.test('nothing to say is no error', async (t) => {
  for (const text of ['', '🙂', '?!']) t.same(await speak({ text }), [])
})

t.test('other languages and voices are refused with what there is', async (t) => {
  await t.rejects(speak({ text: 'Hi', language: 'de' }), { code: 'ERR_LANGUAGE', message: /voices for pt/ })
  await t.rejects(speak({ text: 'Olá', voice: 'heart' }), {
    code: 'ERR_VOICE',
    message: /pf_dora, pm_alex, pm_santa/,
  })
})

t.test('an incomplete model folder is named', async (t) => {
  const dir = t.testdir()
  const load = (): Promise<unknown> => engineModule.load({ modelDirs: [dir], threads: 1 })
  await t.rejects(load(), { code: 'ERR_MODEL_MISSING', message: /no model.json/ })
  await writeFile(join(dir, 'model.json'), '{"engine": "kokoro"}')
  await t.rejects(load(), { code: 'ERR_MODEL_FORMAT', message: /is not \{"engine"/ })
  await copyFile(join(installed, 'model.json'), join(dir, 'model.json'))
  await t.rejects(load(), { code: 'ERR_MODEL_MISSING', message: /pf_dora.bin is missing/ })
  await mkdir(join(dir, 'voices'))
  await writeFile(join(dir, 'voices', 'pf_dora.bin'), 'short')
  await t.rejects(load(), { code: 'ERR_MODEL_FORMAT', message: /has 5 bytes, a voice has 522240/ })
})
