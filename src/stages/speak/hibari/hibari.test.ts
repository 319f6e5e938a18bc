import t from 'tap'
import { modelDir } from '../../../../test/models.ts'
import type { SynthesizeRequest } from '../synthesizer.ts'
import { engineModule } from './index.ts'

const engine = await engineModule.load({ modelDirs: [modelDir('hibari-en')], threads: 1 })
t.teardown(() => engine.close())

async function speak(
  request: Partial<SynthesizeRequest>,
  signal = { aborted: false },
): Promise<Float32Array[]> {
  const chunks: Float32Array[] = []
  for await (const { samples } of engine.run({ text: '', language: 'en', ...request }, { signal })) {
    chunks.push(samples)
  }
  return chunks
}

const seconds = (chunks: readonly Float32Array[]): number =>
  chunks.reduce((sum, { length }) => sum + length, 0) / engine.info.sampleRate

t.test('what it can do', (t) => {
  const heart = { id: 'heart', language: 'en', engine: 'hibari', gender: 'female' }
  t.same(engine.info, { voices: [heart], sampleRate: 24_000 })
  t.end()
})

t.test('a sentence', async (t) => {
  const chunks = await speak({
    text: 'I would like to book a table for two people tomorrow evening, please.',
  })
  t.equal(chunks.length, 1)
  const [samples = new Float32Array()] = chunks
  t.ok(seconds(chunks) > 3 && seconds(chunks) < 5, `${seconds(chunks)} s`)
  const lead = samples.findIndex((sample) => Math.abs(sample) > 0.005)
  t.ok(lead < 0.05 * 24_000, `${lead} samples of silence before`)
  const peak = samples.reduce((largest, sample) => Math.max(largest, Math.abs(sample)), 0)
  t.ok(peak > 0.1 && peak < 1, `peak ${peak}`)
  t.ok(samples.every((sample) => Number.isFinite(sample)))
})

t.test('the same text always sounds the same', async (t) => {
  const [first, second] = [await speak({ text: 'Good morning.' }), await speak({ text: 'Good morning.' })]
  t.same(first, second)
})

t.test('speed', async (t) => {
  const text = 'We should leave early tomorrow if we want to catch the first train.'
  const [slow, normal, fast] = await Promise.all(
    [0.5, 1, 2].map(async (speed) => seconds(await speak({ text, speed }))),
  )
  t.ok(slow! > 1.6 * normal!, `${slow} s and ${normal} s`)
  t.ok(fast! < 0.7 * normal!, `${fast} s and ${normal} s`)
  for (const speed of [0, 0.49, 2.1, -1, NaN]) {
    await t.rejects(speak({ text, speed }), { code: 'ERR_BAD_REQUEST', message: /outside 0.5 to 2/ })
  }
})

t.test('nothing to say is no error', async (t) => {
  for (const text of ['', '   ', '🙂🙂', '… !?', '<br>', 'й']) t.same(await speak({ text }), [])
})

t.test('a text longer than the model takes is spoken whole, in parts', async (t) => {
  const sentence =
    'The children are playing in the garden behind the house, and nobody knows why the lights went out. '
  const one = seconds(await speak({ text: sentence }))
  const chunks = await speak({ text: sentence.repeat(12) })
  t.ok(chunks.length >= 12)
  t.ok(Math.abs(seconds(chunks) - 12 * one) < 12 * one * 0.15, `${seconds(chunks)} s, one takes ${one} s`)
  const unbroken = await speak({ text: 'lalala'.repeat(200) })
  t.ok(unbroken.length > 1 && seconds(unbroken) > 40, `${seconds(unbroken)} s`)
})

t.test('a cancelled request stops between parts', async (t) => {
  const signal = { aborted: false }
  const text = 'This is a rather long sentence that we are going to repeat many times. '.repeat(12)
  let parts = 0
  for await (const { samples } of engine.run({ text, language: 'en' }, { signal })) {
    parts += samples.length > 0 ? 1 : 0
    signal.aborted = true
  }
  t.equal(parts, 1)
  t.same(await speak({ text }, { aborted: true }), [])
})

t.test('other languages and voices are refused with what there is', async (t) => {
  await t.rejects(speak({ text: 'Olá', language: 'pt' }), { code: 'ERR_LANGUAGE', message: /voices for en/ })
  await t.rejects(speak({ text: 'Hi', voice: 'pf_dora' }), {
    code: 'ERR_VOICE',
    message: /its voices are heart/,
  })
})
