import t from 'tap'
import type { InstalledModel } from './installed.ts'
import type { LockedModel, ModelLock } from './lock.ts'
import { selectModels, selectedNames } from './selection.ts'

function locked(role: LockedModel['role'], engine: string, aliases?: readonly string[]): LockedModel {
  const importer = { format: 'copy', settings: {} }
  const license = { spdx: 'MIT', note: 'Ours.' }
  const model = {
    description: '',
    role,
    engine,
    languages: ['en'],
    license,
    importer,
    sources: [],
    files: [],
  }
  return aliases ? { ...model, aliases } : model
}

const lock: ModelLock = {
  version: 1,
  models: {
    silero: locked('vad', 'silero'),
    'smart-turn': locked('turn-detector', 'smart-turn'),
    'whisper-base': locked('recognizer', 'whisper'),
    'whisper-large-v3': locked('recognizer', 'whisper', ['large']),
    'whisper-large-v3-fp16': locked('recognizer', 'whisper'),
    'marian-en-pt': locked('translator', 'marian'),
    'm2m100-418m': locked('translator', 'm2m100', ['facebook/m2m100_418M']),
    'm2m100-418m-fp16': locked('translator', 'm2m100'),
    hibari: locked('voice', 'hibari'),
  },
}

const installed: readonly InstalledModel[] = [
  { name: 'hibari', engine: 'hibari', local: false, bytes: 1 },
  { name: 'marian-de-en', engine: 'marian', local: true, bytes: 1 },
  { name: 'my-m2m', engine: 'm2m100', local: true, bytes: 1 },
  { name: 'hifigan-v1', engine: 'fastspeech2', local: true, bytes: 1 },
  { name: 'my-ears', engine: 'whisper', local: true, bytes: 1 },
]

const choice = {
  whisperModel: 'base',
  mtModel: 'marian',
  ttsModels: ['hibari'],
  turnDetection: true,
  vadEnabled: true,
}

t.test('the configuration chooses, with what the user imported', async (t) => {
  const selection = selectModels(choice, lock, installed)
  t.same(selection, {
    vad: ['silero'],
    turnDetectors: ['smart-turn'],
    recognizer: 'whisper-base',
    translators: ['marian-en-pt', 'marian-de-en'],
    voices: ['hibari'],
  })
  t.same(selectedNames(selection), [
    'silero',
    'smart-turn',
    'whisper-base',
    'marian-en-pt',
    'marian-de-en',
    'hibari',
  ])
  const withoutVad = selectModels({ ...choice, vadEnabled: false }, lock, [])
  const withVocoder = selectModels({ ...choice, hifiganModel: 'hifigan-v1' }, lock, installed)
  t.same(withVocoder.voices, ['hibari', 'hifigan-v1'])
  t.match(withoutVad, { vad: [], turnDetectors: [] }, 'without pauses there is nothing to judge')
})

t.test('by size, name or alias', async (t) => {
  const recognizer = (whisperModel: string): string =>
    selectModels({ ...choice, whisperModel }, lock, installed).recognizer
  t.equal(recognizer('large-v3'), 'whisper-large-v3')
  t.equal(recognizer('whisper-large-v3'), 'whisper-large-v3')
  t.equal(recognizer('large'), 'whisper-large-v3')
  t.equal(recognizer('my-ears'), 'my-ears')
  const translators = (mtModel: string): readonly string[] =>
    selectModels({ ...choice, mtModel }, lock, installed).translators
  t.same(translators('facebook/m2m100_418M'), ['m2m100-418m'])
  t.same(translators('my-m2m'), ['my-m2m'])
  t.same(translators('marian-de-en'), ['marian-de-en'])
})

t.test('on a GPU the variant in 16 bit is taken, where there is one', async (t) => {
  const onGpu = (change: Partial<typeof choice>) =>
    selectModels({ ...choice, ...change }, lock, installed, { gpu: true })
  t.equal(onGpu({ whisperModel: 'large' }).recognizer, 'whisper-large-v3-fp16')
  t.equal(onGpu({}).recognizer, 'whisper-base')
  t.same(onGpu({ mtModel: 'facebook/m2m100_418M' }).translators, ['m2m100-418m-fp16'])
  t.same(onGpu({ mtModel: 'my-m2m' }).translators, ['my-m2m'])
})

t.test('what there is not is answered with what there is', async (t) => {
  t.throws(() => selectModels({ ...choice, whisperModel: 'gigantic' }, lock, installed), {
    code: 'ERR_CONFIG',
    message:
      'WHISPER_MODEL="gigantic" is no model of models.lock.json or MODELS_DIR. There are: base, large-v3, my-ears.',
  })
  t.throws(() => selectModels({ ...choice, ttsModels: ['hibari', 'whisper-base'] }, lock, installed), {
    code: 'ERR_CONFIG',
    message:
      'TTS_MODEL="whisper-base" is no model of models.lock.json or MODELS_DIR. There are: hibari, hifigan-v1.',
  })
  for (const hifiganModel of ['hifigan-v9', 'hibari']) {
    t.throws(() => selectModels({ ...choice, hifiganModel }, lock, installed), {
      code: 'ERR_CONFIG',
      message: /^HIFIGAN_MODEL="hi\w+(-v9)?" is no vocoder of MODELS_DIR\. Import one, .* import DIR$/,
    })
  }
  for (const mtModel of ['hibari', 'whisper-base', 'constructor', 'nllb']) {
    t.throws(() => selectModels({ ...choice, mtModel }, lock, installed), {
      code: 'ERR_CONFIG',
      message: /^MT_MODEL=.*There are: marian, marian-en-pt, m2m100-418m, marian-de-en, my-m2m\.$/,
    })
  }
})
