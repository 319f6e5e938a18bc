import t from 'tap'
import { recognizer, translator } from '../../test/voice-server.ts'
import { readRecording, recognizerTrial, translatorTrial, turnTrial, voiceTrial } from './trial-requests.ts'

const options = { signal: new AbortController().signal }
const heard = { text: 'Onde fica a estação?', language: 'pt', noSpeechProbability: 0 }
const rest = { segments: [], words: [], truncated: false, modelMs: 1 }

t.test('a recogniser has to hear what is said', async (t) => {
  const recording = await readRecording()
  t.ok(Math.abs(recording.length / 16000 - 4.4) < 0.1, 'seconds at 16 kHz')
  const hears = (text: string): ReturnType<typeof recognizerTrial> =>
    recognizerTrial(
      {
        info: { ...recognizer.info, languages: ['en', 'pt'] },
        recognize: async ({ samples }) => {
          t.equal(samples.length, recording.length)
          return { ...heard, ...rest, text }
        },
      },
      recording,
    )
  t.equal(await hears(heard.text)(options), '"Onde fica a estação?"')
  await t.rejects(hears('Legendas pela comunidade')(options), { message: /hears something else/ })
  await t.rejects(hears('')(options), { message: /hears nothing/ })
})

t.test('a turn detector has to answer with a probability', async (t) => {
  const answers = (probability: number): ReturnType<typeof turnTrial> =>
    turnTrial(
      { info: { model: 'turns', maxSeconds: 8 }, judge: async () => ({ probability, modelMs: 1 }) },
      new Float32Array(1),
    )
  t.equal(await answers(0.75)(options), 'finished, 0.75')
  await t.rejects(answers(NaN)(options), { message: /no probability/ })
})

t.test('a translator has to say something', async (t) => {
  const route = { sources: ['pt'], targets: ['pt', 'en'], model: 'marian-pt-en' }
  const translates = (target: string): ReturnType<typeof translatorTrial> =>
    translatorTrial(
      {
        ...translator,
        translate: async ({ text }) => ({
          sentences: target === '' ? [] : [{ source: text, target }],
          model: route.model,
          modelMs: 1,
        }),
      },
      route,
    )
  t.equal(await translates('Where is it?')(options), '"Where is it?"')
  await t.rejects(translates('')(options), { message: /into nothing/ })
})

t.test('a voice has to be heard', async (t) => {
  const says = (samples: Float32Array): ReturnType<typeof voiceTrial> =>
    voiceTrial({
      info: { sampleRate: 1000, voices: [{ id: 'one', language: 'en', engine: 'test' }] },
      synthesize: async function* () {
        yield { samples }
      },
    })
  t.equal(await says(new Float32Array(1500).fill(0.5))(options), '1.5 s of speech (en)')
  await t.rejects(says(new Float32Array(1500))(options), { message: /silent/ })
  await t.rejects(says(new Float32Array(10).fill(0.5))(options), { message: /says nothing/ })
})
