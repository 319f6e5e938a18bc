import t from 'tap'
import { VoxbridgeError } from '../../errors.ts'
import type { ChannelSettings, SegmentItem, TextItem, Utterance } from '../../pipeline/stage.ts'
import { createTiming } from '../../pipeline/timing.ts'
import type { LanguagePair } from '../translate/translator.ts'
import { createTranscribeStage } from './index.ts'
import type { Recognition, Recognizer, RecognizeRequest } from './recognizer.ts'

const pairs: LanguagePair[] = [
  { source: 'en', target: 'pt', model: 'marian-en-pt' },
  { source: 'pt', target: 'en', model: 'marian-pt-en' },
  { source: 'xx', target: 'pt', model: 'of a language that cannot be heard' },
]

function utterance(segment: number, settings: Partial<ChannelSettings> = {}): Utterance {
  const all = { source: 'en', target: 'pt', voice: undefined, partials: false, audio: true, ...settings }
  const samples = new Float32Array(160)
  const timing = createTiming(segment, 0, 0)
  return { type: 'utterance', segment, samples, startMs: 5, endMs: 15, timing, settings: all }
}

/** Answers with the number of the request; fails as told. */
function createRecognizer(fail: (request: number) => Error | undefined = () => undefined) {
  const requests: RecognizeRequest[] = []
  const recognizer: Recognizer = {
    info: { model: 'counting', languages: ['en', 'es', 'pt'], maxSeconds: 30 },
    async recognize(request): Promise<Recognition> {
      requests.push(request)
      const error = fail(requests.length)
      if (error) throw error
      const text = requests.length === 3 ? '' : `text ${requests.length}`
      const rest = { noSpeechProbability: 0, segments: [], truncated: false, modelMs: 40 }
      return { text, language: 'en', ...rest }
    },
  }
  return { recognizer, requests }
}

async function run(
  recognizer: Recognizer,
  input: readonly SegmentItem[],
  signal = new AbortController().signal,
): Promise<TextItem[]> {
  async function* source(): AsyncGenerator<SegmentItem> {
    yield* input
  }
  const items: TextItem[] = []
  for await (const item of createTranscribeStage({ recognizer, pairs, signal })(source())) items.push(item)
  return items
}

void t.test('an utterance becomes a final transcript, empty where nothing was understood', async (t) => {
  const { recognizer, requests } = createRecognizer()
  const speechEnd: SegmentItem = { type: 'speech-end', segment: 2, endMs: 3 }
  const items = await run(recognizer, [utterance(1), speechEnd, utterance(2), utterance(3)])
  t.match(items, [
    { type: 'transcript', segment: 1, final: true, text: 'text 1', stable: 6, startMs: 5, endMs: 15 },
    speechEnd,
    { type: 'transcript', segment: 2, text: 'text 2', timing: { asrMs: 40 } },
    { type: 'transcript', segment: 3, text: '', stable: 0, final: true },
  ])
  t.same(
    requests.map(({ language, candidates }) => [language, candidates]),
    new Array(3).fill(['en', undefined]),
  )
})

void t.test('with auto, the candidates are what can be heard and leads to the target', async (t) => {
  const { recognizer, requests } = createRecognizer()
  await run(recognizer, [utterance(1, { source: 'auto' }), utterance(2, { source: 'auto', target: 'en' })])
  t.match(requests, [
    { language: 'auto', candidates: ['en', 'pt'] },
    { language: 'auto', candidates: ['pt', 'en'] },
  ])
})

void t.test('an utterance that fails is told and the next one is recognised', async (t) => {
  const busy = new VoxbridgeError('ERR_QUEUE_FULL', 'the recogniser is busy')
  const { recognizer } = createRecognizer((request) => [busy, new Error('bad tensor')][request - 1])
  t.match(await run(recognizer, [utterance(1), utterance(2), utterance(3)]), [
    { type: 'error', code: 'ERR_QUEUE_FULL', message: busy.message, retryable: true, segment: 1 },
    { type: 'error', code: 'ERR_ENGINE', message: 'bad tensor', segment: 2 },
    { type: 'transcript', segment: 3 },
  ])
})

void t.test('an abort is thrown, not told', async (t) => {
  const controller = new AbortController()
  const { recognizer } = createRecognizer(() => {
    controller.abort(new Error('the client left'))
    return new Error('cancelled')
  })
  await t.rejects(run(recognizer, [utterance(1)], controller.signal), { message: 'the client left' })
})
