import { dirname } from 'node:path'
import t from 'tap'
import { modelDir } from '../../test/models.ts'
import { describeRoutes } from '../stages/translate/routes.ts'
import { type EngineSettings, loadEngines } from './engines.ts'

const signal = new AbortController().signal
const settings: EngineSettings = {
  modelsDir: dirname(modelDir('whisper-base')),
  turnDetectors: ['smart-turn'],
  recognizer: 'whisper-base',
  translators: ['marian-en-pt', 'marian-pt-en'],
  voices: ['hibari-en', 'fastspeech2-pt-dora', 'kokoro'],
  threads: { recognizer: 1, translator: 1, voice: 1 },
  devices: { models: 'cpu', voices: 'cpu' },
  queueCapacity: 4,
  answerTimeoutMs: 20_000,
}

t.test('the default models hear, translate and speak', async (t) => {
  const engines = await loadEngines(settings)
  t.teardown(() => engines.close())
  const { recognizer, synthesizers, translator } = engines
  t.match(
    engines.placements.find(({ model }) => model === 'marian-pt-en'),
    { device: 'cpu', threads: 1 },
  )
  t.equal(engines.placements.length, 7)
  t.same([...new Set(Object.values(engines.states()))], ['running'])
  t.equal(engines.outage, undefined)
  t.same(engines.queueDepths(), {
    'smart-turn': 0,
    whisper: 0,
    marian: 0,
    hibari: 0,
    fastspeech2: 0,
    kokoro: 0,
  })
  t.ok((engines.usage()['kokoro']?.final ?? 0) > 0, 'the first requests took time')
  t.same(Object.keys(engines.expectedShares), ['whisper', 'marian', 'hibari', 'fastspeech2', 'kokoro'])
  for (const [name, share] of Object.entries(engines.expectedShares)) {
    t.ok(share > 0 && share < 2, `a speaker needs ${share} of ${name}`)
  }

  t.equal(describeRoutes(translator.info.routes), 'en-pt, pt-en')
  const request = { text: 'Where is the library?', source: 'en', target: 'pt' }
  const { sentences } = await translator.translate(request, { signal })
  t.match(sentences[0]?.target, /biblioteca/i)
  await t.rejects(translator.translate({ ...request, target: 'xx' }, { signal }), {
    code: 'ERR_LANGUAGE_PAIR',
  })

  const languages = synthesizers.flatMap(({ info }) => info.voices.map(({ language }) => language))
  t.ok(languages.includes('en') && languages.includes('pt'))
  const english = synthesizers.find(({ info }) => info.voices.some(({ language }) => language === 'en'))
  let samples = 0
  for await (const chunk of english?.synthesize({ text: request.text, language: 'en' }, { signal }) ?? []) {
    samples += chunk.samples.length
  }
  t.ok(samples > 12000, `${samples} samples`)

  const silence = await recognizer.recognize({ samples: new Float32Array(16000), language: 'en' }, { signal })
  t.equal(silence.text, '')
})

t.test('what cannot be loaded is named', async (t) => {
  await t.rejects(loadEngines({ ...settings, recognizer: 'whisper-gigantic' }), {
    code: 'ERR_MODEL_MISSING',
    message: /whisper-gigantic.*npm run models fetch/,
  })
  await t.rejects(loadEngines({ ...settings, translators: [] }), { code: 'ERR_MODEL_MISSING' })
  await t.rejects(loadEngines({ ...settings, translators: ['marian-en-pt', 'hibari-en'] }), {
    code: 'ERR_CONFIG',
  })
  await t.rejects(loadEngines(settings, { signal: AbortSignal.abort() }), { code: 'ERR_ABORTED' })
})
