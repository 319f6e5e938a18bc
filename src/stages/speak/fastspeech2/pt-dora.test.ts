/** The engine with the voice that ships: what it says is understood. */
import t from 'tap'
import { countWordErrors } from '../../../../bench/word-error-rate.ts'
import { modelDir } from '../../../../test/models.ts'
import { joinSamples } from '../../../pipeline/join-samples.ts'
import { createResampler } from '../../../transport/resampler.ts'
import { engineModule as whisper } from '../../transcribe/whisper/index.ts'
import { engineModule } from './index.ts'

const options = { signal: { aborted: false } }
const engine = await engineModule.load({ modelDirs: [modelDir('fastspeech2-pt-dora')], threads: 2 })
const listener = await whisper.load({ modelDirs: [modelDir('whisper-base')], threads: 2 })
t.teardown(async () => {
  await engine.close()
  await listener.close()
})

async function speak(text: string, speed = 1): Promise<Float32Array[]> {
  const chunks: Float32Array[] = []
  for await (const { samples } of engine.run({ text, language: 'pt', speed }, options)) chunks.push(samples)
  return chunks
}

async function transcribe(speech: Float32Array): Promise<string> {
  const resampler = await createResampler(engine.info.sampleRate)
  let heard = ''
  try {
    const samples = resampler.process(speech)
    for await (const { text } of listener.run({ samples, language: 'pt' }, options)) heard = text
  } finally {
    resampler.close()
  }
  return heard
}

t.test('what it is', (t) => {
  t.same(engine.info.voices, [{ id: 'pt-dora', language: 'pt', engine: 'fastspeech2', gender: 'female' }])
  t.end()
})

t.test('its sentences are heard as they were written', async (t) => {
  const sentences = [
    'Bom dia! Onde fica a farmácia mais próxima?',
    'A reunião foi adiada para a próxima terça-feira.',
    'Obrigado, mas hoje eu não posso ficar para o jantar.',
    'Não.',
  ]
  let errors = 0
  for (const sentence of sentences) {
    const chunks = await speak(sentence)
    const speech = joinSamples(chunks)
    const lead = speech.findIndex((sample) => Math.abs(sample) > 0.005)
    t.ok(lead >= 0 && lead < 0.05 * engine.info.sampleRate, `${lead} samples of silence before`)
    t.ok(speech.every((sample) => Math.abs(sample) < 1))
    if (sentence.length > 20) {
      t.ok(chunks.length > 1, `${chunks.length} chunks`)
      t.ok((chunks[0]?.length ?? 0) < 0.25 * engine.info.sampleRate, 'the first is short')
    }
    errors += countWordErrors(sentence, await transcribe(speech), 'pt').errors
  }
  t.ok(errors <= 2, `${errors} words of 24 wrong`)
})

t.test('speed', async (t) => {
  const text = 'O ônibus para o centro passa de dez em dez minutos.'
  const [slow, usual, fast] = await Promise.all(
    [0.8, 1, 1.25].map(async (speed) => joinSamples(await speak(text, speed)).length),
  )
  t.ok(slow! > usual! * 1.15 && fast! < usual! * 0.87, `${slow}, ${usual}, ${fast} samples`)
})
