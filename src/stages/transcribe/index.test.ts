import t from 'tap'
import { VoxbridgeError } from '../../errors.ts'
import { HearingAttempt, Speculation } from '../../pipeline/attempt.ts'
import type {
  ChannelSettings,
  Guess,
  Hearing,
  SegmentItem,
  TextItem,
  Utterance,
} from '../../pipeline/stage.ts'
import { createTiming } from '../../pipeline/timing.ts'
import type { TranslationRoute } from '../translate/routes.ts'
import { createTranscribeStage } from './index.ts'
import type { HeardWord, Recognition, Recognizer, RecognizeRequest } from './recognizer.ts'

const routes: TranslationRoute[] = [
  { sources: ['en'], targets: ['pt'], model: 'marian-en-pt' },
  { sources: ['pt'], targets: ['en'], model: 'marian-pt-en' },
  { sources: ['xx'], targets: ['pt'], model: 'of a language that cannot be heard' },
]

function utterance(segment: number, settings: Partial<ChannelSettings> = {}): Utterance {
  const all = {
    source: 'en',
    target: 'pt',
    voice: undefined,
    speed: 1,
    partials: false,
    audio: true,
    ...settings,
  }
  const samples = new Float32Array(160)
  const timing = createTiming(segment, 0, 0)
  return {
    type: 'utterance',
    segment,
    samples,
    startMs: 5,
    endMs: 15,
    timing,
    settings: all,
    speculation: undefined,
    endsSentence: false,
  }
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
      const rest = { noSpeechProbability: 0, segments: [], words: [], truncated: false, modelMs: 40 }
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
  for await (const item of createTranscribeStage({ recognizer, routes, channel: 'c', signal })(source()))
    items.push(item)
  return items
}

void t.test('an utterance becomes a final transcript, empty where nothing was understood', async (t) => {
  const { recognizer, requests } = createRecognizer()
  const speechEnd: SegmentItem = { type: 'speech-end', segment: 2, endMs: 3 }
  const items = await run(recognizer, [utterance(1), speechEnd, utterance(2), utterance(3)])
  t.match(items, [
    { type: 'transcript', segment: 1, final: true, text: 'text 1', stable: 6, startMs: 5, endMs: 15 },
    { type: 'passage', segment: 1, final: true, text: 'text 1', language: 'en' },
    speechEnd,
    { type: 'transcript', segment: 2, text: 'text 2' },
    { type: 'passage', segment: 2, text: 'text 2' },
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
    { type: 'transcript', segment: 3, text: '' },
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

/** Words and marks of a text, each with one token of its own. */
function words(text: string): HeardWord[] {
  return [...text.matchAll(/\s*[\p{L}\p{N}]+|\s*[^\s\p{L}\p{N}]/gu)].map(([part], index) => ({
    text: part,
    tokens: [100 + index],
  }))
}

/** Hears one text after the other. */
function createScripted(...texts: readonly (string | Error)[]) {
  const requests: RecognizeRequest[] = []
  const priorities: (number | undefined)[] = []
  const recognizer: Recognizer = {
    info: { model: 'scripted', languages: ['en', 'pt'], maxSeconds: 30 },
    async recognize(request, { priority, signal }): Promise<Recognition> {
      const text = texts[requests.length] ?? ''
      requests.push(request)
      priorities.push(priority)
      if (signal.aborted) throw new VoxbridgeError('ERR_ABORTED', 'cancelled')
      if (text instanceof Error) throw text
      const rest = { noSpeechProbability: 0, segments: [], truncated: false, modelMs: 40 }
      return { text, language: 'en', words: words(text), ...rest }
    },
  }
  return { recognizer, requests, priorities }
}

/** Says when the word at `timedIndex` begins. */
function createTimed(recognizer: Recognizer, timedIndex: number, startMs: number): Recognizer {
  return {
    ...recognizer,
    async recognize(request, options) {
      const recognition = await recognizer.recognize(request, options)
      const words = recognition.words.map((word, index) =>
        index === timedIndex ? { ...word, startMs } : word,
      )
      return { ...recognition, words }
    },
  }
}

function hearing(endMs: number, settings: Partial<ChannelSettings> = {}): Hearing {
  const speech = { ...utterance(1, { partials: true, ...settings }), endMs }
  return { ...speech, type: 'hearing', partial: speech.settings.partials, attempt: new HearingAttempt() }
}

function guess(): Guess {
  return { ...utterance(1), type: 'guess', speculation: new Speculation() }
}

void t.test('partial transcripts grow, and what is stable in them never changes', async (t) => {
  const { recognizer, requests, priorities } = createScripted(
    'And so my fell',
    'And so my fellow Americans.',
    'And so my fellow Americans, ask not',
    'And so my fellow Americans, ask not what.',
  )
  const items = await run(recognizer, [hearing(500), hearing(1000), hearing(1500), utterance(1)])
  t.match(items, [
    { type: 'transcript', final: false, text: 'And so my fell', stable: 0 },
    { type: 'transcript', final: false, text: 'And so my fellow Americans', stable: 'And'.length },
    { type: 'transcript', final: false, stable: 'And so my'.length },
    { type: 'transcript', final: true, text: 'And so my fellow Americans, ask not what.', stable: 41 },
    { type: 'passage', final: true, text: 'And so my fellow Americans, ask not what.' },
  ])
  t.same(priorities, [1, 1, 1, 0], 'finals go first')
  t.match(requests, [
    { prefix: [], draft: [] },
    { prefix: [], draft: [100, 101, 102, 103] },
    { prefix: [100], draft: [101, 102, 103, 104, 105] },
    { prefix: [100, 101, 102] },
  ])
})

void t.test('a channel without partial transcripts is told none', async (t) => {
  const { recognizer } = createScripted('And so', 'And so my', 'And so my.')
  const items = await run(recognizer, [
    hearing(500, { partials: false }),
    hearing(900, { partials: false }),
    utterance(1),
  ])
  t.match(items, [{ type: 'transcript', final: true }, { type: 'passage' }])
})

void t.test('a closed sentence is handed on while the speaker goes on, and not again', async (t) => {
  const { recognizer } = createScripted(
    'I came. I saw',
    'I came. I saw it',
    'I came. I saw it. I then',
    'I came. I saw it. I won.',
  )
  const items = await run(recognizer, [hearing(500), hearing(1000), hearing(1500), utterance(1)])
  t.match(
    items.filter(({ type }) => type === 'passage'),
    [
      { text: 'I came.', final: false, segment: 1 },
      { text: 'I saw it. I won.', final: true, segment: 1 },
    ],
  )
  const final = items.findLast((item) => item.type === 'transcript')
  t.match(final, { final: true, text: 'I came. I saw it. I won.' })
})

void t.test(
  'where the recogniser says when the next sentence begins, the utterance ends there',
  async (t) => {
    const { recognizer, requests } = createScripted('I came. I saw it', 'I came. I saw it then', 'I saw.')
    const timed: Recognizer = {
      ...recognizer,
      async recognize(request, options) {
        const recognition = await recognizer.recognize(request, options)
        const words = recognition.words.map((word, index) => (index === 3 ? { ...word, startMs: 700 } : word))
        return { ...recognition, words }
      },
    }
    const [first, second] = [hearing(500), hearing(1000)]
    const sentence: Utterance = { ...utterance(1), endsSentence: true }
    const items = await run(timed, [first, second, sentence, utterance(2)])
    t.equal(second.attempt.sentenceEndMs, second.startMs + 700)
    t.match(
      items.filter((item) => item.type === 'passage' || (item.type === 'transcript' && item.final)),
      [
        { type: 'transcript', segment: 1, text: 'I came.', language: 'en', stable: 7 },
        { type: 'passage', segment: 1, final: true, text: 'I came.' },
        { type: 'transcript', segment: 2, text: 'I saw.' },
        { type: 'passage', segment: 2, final: true, text: 'I saw.' },
      ],
    )
    t.equal(requests.length, 3, 'what is settled is not recognised again')
  },
)

void t.test('an utterance is not split before words that were said to stay', async (t) => {
  const text = 'When we came home that night, the door was open'
  const timed = createTimed(createScripted(text, `${text} wide`, text).recognizer, 7, 900)
  const read = [hearing(1000), hearing(2000), hearing(5200)]
  const items = await run(timed, read)
  t.same(
    read.map(({ attempt }) => attempt.sentenceEndMs),
    [undefined, undefined, undefined],
  )
  const passage = { type: 'passage', final: false, text: 'When we came home that night,' }
  t.match(items.at(-1), passage)
  const unread = [hearing(1000, { partials: false }), hearing(5200, { partials: false })]
  await run(createTimed(createScripted(text, text).recognizer, 7, 900), unread)
  t.equal(unread[1]?.attempt.sentenceEndMs, 905, 'nobody was told anything')
})

void t.test('settled words stay where the recogniser hears nothing in the end', async (t) => {
  const { recognizer } = createScripted('I came. I saw it', 'I came. I saw it', '')
  const items = await run(recognizer, [hearing(500), hearing(1000), utterance(1)])
  t.match(items.slice(-2), [
    { type: 'transcript', final: true, text: 'I came. I' },
    { type: 'passage', final: true, text: 'I' },
  ])
})

void t.test('with auto, the language is fixed once words of it are settled', async (t) => {
  const { recognizer, requests } = createScripted('I came and saw', 'I came and saw', 'I came and saw it.')
  await run(recognizer, [
    hearing(500, { source: 'auto' }),
    hearing(1000, { source: 'auto' }),
    utterance(1, { source: 'auto' }),
  ])
  t.same(
    requests.map(({ language }) => language),
    ['auto', 'auto', 'en'],
  )
})

void t.test('a guess is recognised once, and told when it comes true', async (t) => {
  const { recognizer, requests, priorities } = createScripted('It is done.')
  const foreseen = guess()
  const { speculation } = foreseen
  const items = await run(recognizer, [foreseen, { ...utterance(1), speculation }])
  t.match(items, [
    { type: 'rehearsal', text: 'It is done.', language: 'en' },
    { type: 'transcript', final: true, text: 'It is done.', timing: { asrMs: Number } },
    { type: 'passage', final: true, text: 'It is done.' },
  ])
  t.equal(requests.length, 1)
  t.same(priorities, [0])
  t.match(speculation, { text: 'It is done.', workMs: 40, settled: true })
})

void t.test('a guess that did not come true is forgotten', async (t) => {
  const { recognizer, requests } = createScripted('It is.', 'It is done.', 'It is done now.')
  const later = guess()
  const items = await run(recognizer, [
    guess(),
    later,
    { ...utterance(1), speculation: undefined },
    { ...utterance(2), speculation: later.speculation },
  ])
  t.equal(requests.length, 4)
  t.match(
    items.filter(({ type }) => type === 'transcript'),
    [{ text: 'It is done now.' }, { segment: 2, text: '' }],
  )
})

void t.test('nobody is told of a guess or a hearing that fails; the utterance is recognised', async (t) => {
  const busy = new VoxbridgeError('ERR_QUEUE_FULL', 'busy')
  const { recognizer } = createScripted(busy, busy, 'Done.')
  const foreseen = guess()
  const items = await run(recognizer, [
    hearing(500),
    foreseen,
    { ...utterance(1), speculation: foreseen.speculation },
  ])
  t.match(items, [{ type: 'transcript', final: true, text: 'Done.' }, { type: 'passage' }])
  t.ok(foreseen.speculation.settled)
  t.equal(foreseen.speculation.text, undefined)
})
