import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { recognizer, synthesizer, translator } from '../../test/voice-server.ts'
import { calibrate } from './calibrate.ts'

const signal = new AbortController().signal
const engines = { recognizer, recognizerEngine: 'ears', translator, translatorEngine: 'words' }

t.test('what a speaker needs follows from what audio costs', async (t) => {
  const slow = {
    ...recognizer,
    recognize: async (...request: Parameters<typeof recognizer.recognize>) => {
      await delay(200)
      return recognizer.recognize(...request)
    },
  }
  const shares = await calibrate({ ...engines, recognizer: slow, synthesizers: [synthesizer] }, { signal })
  t.same(Object.keys(shares), ['ears', 'words', 'test-voice'])
  const { ears = 0, 'test-voice': voice = 0 } = shares
  t.ok(ears > 0.089, `200 ms for 4 s: ${ears}`)
  t.ok(voice > 0)
})

t.test('a voice that says nothing is no reason to refuse anybody', async (t) => {
  const mute = { ...synthesizer, synthesize: async function* () {} }
  const shares = await calibrate({ ...engines, synthesizers: [mute] }, { signal })
  t.equal(shares['test-voice'], 0)
})
