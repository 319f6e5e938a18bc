import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { modelDir } from '../../test/models.ts'
import { readSpeech } from '../../test/speech.ts'
import { VoxbridgeError } from '../errors.ts'
import { loadSilero, type VoiceDetector } from '../stages/segment/silero.ts'
import type { Synthesizer } from '../stages/speak/synthesizer.ts'
import type { Recognizer } from '../stages/transcribe/recognizer.ts'
import type { Translator } from '../stages/translate/translator.ts'
import { type Channel, type ChannelOptions, createChannel } from './channel.ts'
import type { ChannelSettings, Event } from './stage.ts'

const settings: ChannelSettings = {
  source: 'en',
  target: 'pt',
  voice: undefined,
  speed: 1,
  partials: false,
  audio: true,
}

/** Takes loud blocks for speech, so that a test can say exactly where speech is. */
const byLoudness: VoiceDetector = {
  createStream: () => ({
    probability: async (samples) => (Math.abs(samples[0] ?? 0) > 0.1 ? 0.9 : 0.05),
    reset: () => undefined,
  }),
  close: async () => undefined,
}

/** Work stops here until the gate is opened or the work is aborted. */
class Gate {
  #open: () => void = () => undefined
  readonly #opened = new Promise<void>((resolve) => (this.#open = resolve))

  open(): void {
    this.#open()
  }

  async pass(signal: AbortSignal): Promise<void> {
    let onAbort: () => void = () => undefined
    const aborted = new Promise<never>((_, reject) => {
      onAbort = () => reject(new VoxbridgeError('ERR_ABORTED', 'cancelled'))
    })
    signal.addEventListener('abort', onAbort)
    try {
      await Promise.race([this.#opened, aborted])
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }
}

interface Work {
  /** What the engines did, in order. */
  readonly journal: string[]
  readonly channel: Channel
}

interface Scene extends Partial<Omit<ChannelOptions, 'engines'>> {
  /** What a step of an engine waits for or fails with, by the journal's word for it. */
  readonly at?: Readonly<Record<string, Gate | Error>>
  /** Length of each spoken text. */
  readonly spokenMs?: number
}

/** A channel with engines that do little and write down what they do. */
function open({ at = {}, spokenMs = 100, ...options }: Scene = {}): Work {
  const journal: string[] = []
  const step = async (name: string, signal: AbortSignal): Promise<void> => {
    journal.push(name)
    const event = at[name]
    if (event instanceof Gate) await event.pass(signal)
    if (event instanceof Error) throw event
    journal.push(`${name} done`)
  }
  let heard = 0
  const recognizer: Recognizer = {
    info: { model: 'counting', languages: ['en', 'pt'], maxSeconds: 30 },
    async recognize({ language }, { signal }) {
      const number = ++heard
      await step(`hear ${number}`, signal)
      const rest = { noSpeechProbability: 0, segments: [], words: [], truncated: false, modelMs: 1 }
      return { text: `Number ${number}.`, language, ...rest }
    },
  }
  const translator: Translator = {
    info: { routes: [{ sources: ['en'], targets: ['pt'], model: 'counting' }] },
    async translate({ text }, { signal }) {
      const target = text.replace('Number', 'Número')
      await step(`translate ${text}`, signal)
      return { sentences: [{ source: text, target }], model: 'counting', modelMs: 1 }
    },
  }
  const synthesizer: Synthesizer = {
    info: { voices: [{ id: 'tone', language: 'pt', engine: 'tone' }], sampleRate: 24_000 },
    async *synthesize({ text }, { signal }) {
      await step(`say ${text}`, signal)
      yield { samples: new Float32Array(24 * spokenMs) }
    },
  }
  const channel = createChannel({
    id: 'c',
    settings,
    vad: byLoudness,
    segment: { endSilenceMs: 96, minSpeechMs: 64, preRollMs: 64, trailingMs: 64 },
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    ...options,
    engines: { recognizer, turnDetector: undefined, translator, synthesizers: [synthesizer] },
  })
  return { journal, channel }
}

function push(channel: Channel, level: number, durationMs: number): void {
  for (let ms = 0; ms < durationMs; ms += 20)
    channel.push(new Float32Array(320).fill(level), performance.now())
}

/** Speech of 320 ms and a pause of 320 ms. */
function say(channel: Channel): void {
  push(channel, 0.5, 320)
  push(channel, 0, 320)
}

async function read(channel: Channel): Promise<Event[]> {
  const events: Event[] = []
  for await (const event of channel.events) events.push(event)
  return events
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await setImmediate()
}

/** Lets everything happen that can happen without new input. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await setImmediate()
}

void t.test('end finishes what is in flight, in the order of the utterances', async (t) => {
  const { channel } = open()
  for (let number = 0; number < 3; number++) say(channel)
  channel.end()
  const events = await read(channel)
  const captions = ['speech-start', 'speech-end', 'transcript', 'translation']
  const speech = ['audio-start', 'audio-chunk', 'audio-end']
  for (const lane of [captions, speech]) {
    t.same(
      events.map((event) => event.type).filter((type) => lane.includes(type)),
      [...lane, ...lane, ...lane],
    )
  }
  t.same(
    events.filter((event) => event.type === 'translation').map(({ segment, text }) => [segment, text]),
    [
      [1, 'Número 1.'],
      [2, 'Número 2.'],
      [3, 'Número 3.'],
    ],
  )
  t.match(channel.stats, { audioMs: 1920, droppedMs: 0, utterances: 3, failures: 0, spokenMs: 300 })
  t.equal(channel.backlogMs, 0)
})

void t.test(
  'an answer is prepared while the pause lasts, and told once it proves to be the end',
  async (t) => {
    const outcomes: boolean[] = []
    const { channel, journal } = open({
      segment: { endSilenceMs: 320, earlyEndMs: 320, minSpeechMs: 64, preRollMs: 64, trailingMs: 64 },
      observer: { speculated: (_, won) => outcomes.push(won), translatesEarly: () => undefined },
    })
    const events: Event[] = []
    const reading = (async () => {
      for await (const event of channel.events) events.push(event)
    })()
    push(channel, 0.5, 320)
    push(channel, 0, 160)
    await until(() => journal.includes('say Número 1. done'))
    t.same(
      events.map(({ type }) => type),
      ['speech-start'],
      'nobody is told',
    )
    push(channel, 0, 320)
    channel.end()
    await reading
    const engines = ['hear 1', 'translate Number 1.', 'say Número 1.']
    t.same(
      journal,
      engines.flatMap((name) => [name, `${name} done`]),
      'nothing is done twice',
    )
    t.same(
      events.map(({ type }) => type),
      ['speech-start', 'speech-end', 'transcript', 'translation', 'audio-start', 'audio-chunk', 'audio-end'],
    )
    t.same(outcomes, [true])
  },
)

void t.test('where speech goes on, what was prepared is dropped', async (t) => {
  const gate = new Gate()
  const { channel, journal } = open({
    segment: { endSilenceMs: 320, earlyEndMs: 320, minSpeechMs: 64, preRollMs: 64, trailingMs: 64 },
    at: { 'hear 1': gate },
  })
  const reading = read(channel)
  push(channel, 0.5, 320)
  push(channel, 0, 160)
  await until(() => journal.includes('hear 1'))
  push(channel, 0.5, 320)
  push(channel, 0, 640)
  channel.end()
  const events = await reading
  t.notOk(journal.includes('hear 1 done'), 'the recogniser was told to stop')
  t.match(
    events.filter(({ type }) => type === 'transcript'),
    [{ text: 'Number 2.', segment: 1 }],
  )
})

void t.test('the next utterance is recognised while the last one is spoken', async (t) => {
  const gate = new Gate()
  const { channel, journal } = open({ at: { 'say Número 1.': gate } })
  const events: Event[] = []
  const reading = (async () => {
    for await (const event of channel.events) events.push(event)
  })()
  say(channel)
  say(channel)
  await until(() => events.some((event) => event.type === 'translation' && event.segment === 2))
  t.notOk(journal.includes('say Número 1. done'), 'its caption does not wait for the speech either')
  gate.open()
  channel.end()
  await reading
  t.same(
    events.filter((event) => event.type === 'audio-end').map(({ segment }) => segment),
    [1, 2],
  )
})

void t.test('the next speech is made while the last one is sent', async (t) => {
  const { channel, journal } = open()
  say(channel)
  say(channel)
  channel.end()
  for await (const event of channel.events) {
    if (event.type !== 'audio-start' || event.segment !== 1) continue
    await settle()
    t.ok(journal.includes('say Número 2. done'))
  }
})

void t.test('a reader that stops taking events stops the stages, and at last the microphone', async (t) => {
  const limits = { maxQueueMs: 1000, maxUtterances: 1, maxTextItems: 1, maxOutputMs: 200 }
  const { channel, journal } = open({ limits, spokenMs: 200 })
  const events = channel.events[Symbol.asyncIterator]()
  const firstEvent = events.next()
  for (let number = 0; number < 40; number++) {
    say(channel)
    await settle()
  }
  const spoken = journal.filter((line) => line.startsWith('say')).length
  const heard = journal.filter((line) => line.startsWith('hear')).length
  t.ok(spoken <= 4 && heard <= 20, `${spoken} were spoken and ${heard} heard for a reader who took none`)
  t.ok(channel.backlogMs <= 1000 + 3 * 640)

  channel.end()
  await firstEvent
  let droppedMs = 0
  for (let next = await events.next(); !next.done; next = await events.next()) {
    if (next.value.type === 'overrun') droppedMs += next.value.droppedMs
  }
  t.ok(droppedMs > 5000)
  t.equal(channel.stats.droppedMs, droppedMs, 'everything that was lost is named')
})

void t.test('when the recogniser falls behind, quiet audio is given up before speech', async (t) => {
  const gate = new Gate()
  const limits = { maxQueueMs: 640, maxUtterances: 1 }
  const { channel, journal } = open({ at: { 'hear 1': gate }, limits })
  const reading = read(channel)
  say(channel)
  await until(() => journal.includes('hear 1'))
  for (let number = 0; number < 2; number++) {
    say(channel)
    await settle()
  }
  push(channel, 0, 640)
  push(channel, 0.5, 320)
  gate.open()
  channel.end()
  const overruns = (await reading).filter((event) => event.type === 'overrun')
  t.ok(overruns.length > 0)
  t.ok(overruns.every(({ reason }) => reason.includes('quiet audio')))
  t.equal(channel.stats.utterances, 4, 'all that was said is heard, and the lost pauses still part it')
})

void t.test('an utterance that fails is told and the channel lives on', async (t) => {
  const at = {
    'hear 1': new Error('bad audio'),
    'translate Number 2.': new VoxbridgeError('ERR_QUEUE_FULL', 'busy'),
    'say Número 3.': new Error('no phonemes'),
  }
  const { channel } = open({ at })
  for (let number = 0; number < 4; number++) say(channel)
  channel.end()
  const events = await read(channel)
  t.match(
    events.filter((event) => event.type === 'error'),
    [
      { code: 'ERR_ENGINE', segment: 1 },
      { code: 'ERR_QUEUE_FULL', segment: 2 },
      { code: 'ERR_ENGINE', segment: 3 },
    ],
  )
  t.match(events.at(-1), { type: 'audio-end', segment: 4, final: true })
  t.equal(channel.stats.failures, 3)
  t.equal(channel.backlogMs, 0)
})

void t.test('what no stage expects ends the channel with an error event', async (t) => {
  const vad: VoiceDetector = {
    createStream: () => ({
      probability: async () => {
        throw new Error('the detector broke')
      },
      reset: () => undefined,
    }),
    close: async () => undefined,
  }
  const { channel } = open({ vad })
  say(channel)
  t.match(await read(channel), [{ type: 'error', code: 'ERR_INTERNAL', message: 'the detector broke' }])
})

void t.test('an abort ends everything that waits', async (t) => {
  for (const word of ['hear 1', 'translate Number 1.', 'say Número 1.']) {
    const { channel, journal } = open({ at: { [word]: new Gate() } })
    const reading = read(channel)
    say(channel)
    await until(() => journal.includes(word))
    channel.abort(new Error('the client left'))
    const events = await reading
    t.notOk(
      events.some((event) => event.type === 'error'),
      `${word}: no error is told`,
    )
    t.notOk(journal.includes(`${word} done`))
    say(channel)
    channel.control({ type: 'flush' })
    t.equal(channel.stats.audioMs, 640, 'what comes later is not taken')
  }
})

void t.test('a signal from outside and a reader who leaves end the channel too', async (t) => {
  const controller = new AbortController()
  const outside = open({ at: { 'hear 1': new Gate() }, signal: controller.signal })
  const reading = read(outside.channel)
  say(outside.channel)
  await until(() => outside.journal.includes('hear 1'))
  controller.abort()
  t.same(
    (await reading).map(({ type }) => type),
    ['speech-start', 'speech-end'],
  )

  const left = open({ at: { 'hear 1': new Gate() } })
  say(left.channel)
  for await (const event of left.channel.events) {
    t.equal(event.type, 'speech-start')
    break
  }
  say(left.channel)
  t.equal(left.channel.stats.audioMs, 640)
})

void t.test('flush, configure and speak take their turn', async (t) => {
  const { channel } = open()
  push(channel, 0.5, 320)
  channel.control({ type: 'flush' })
  channel.control({ type: 'speak', text: 'Atenção.', sequence: 9 })
  channel.control({ type: 'configure', settings: { audio: false } })
  say(channel)
  channel.end()
  const told = (await read(channel)).map((event) =>
    'segment' in event ? `${event.type} ${event.segment}` : event.type,
  )
  const spoken = (line: string): boolean => line.startsWith('audio')
  t.same(
    told.filter((line) => !spoken(line)),
    [1, 3].flatMap((segment) =>
      ['speech-start', 'speech-end', 'transcript', 'translation'].map((type) => `${type} ${segment}`),
    ),
  )
  t.same(
    told.filter(spoken),
    [1, 2].flatMap((segment) =>
      ['audio-start', 'audio-chunk', 'audio-end'].map((type) => `${type} ${segment}`),
    ),
  )
})

void t.test('too many messages are refused', async (t) => {
  const { channel } = open({ limits: { maxControls: 2 } })
  const text = 'Olá.'
  channel.control({ type: 'speak', text })
  channel.control({ type: 'speak', text })
  t.throws(() => channel.control({ type: 'speak', text }), { code: 'ERR_QUEUE_FULL' })
  channel.end()
  t.equal((await read(channel)).filter((event) => event.type === 'audio-end').length, 2)
})

void t.test('real speech with the real detector', async (t) => {
  const vad = await loadSilero(modelDir('silero-vad'))
  t.teardown(() => vad.close())
  const speech = readSpeech('vm-rec-name.wav')
  const { channel } = open({ vad, segment: {} })
  for (const audio of [speech, new Float32Array(16_000)]) {
    for (let at = 0; at < audio.length; at += 512) channel.push(audio.slice(at, at + 512), performance.now())
  }
  const events: Event[] = []
  for await (const event of channel.events) {
    events.push(event)
    if (event.type === 'audio-end') channel.end()
  }
  t.match(events[0], { type: 'speech-start', segment: 1 })
  t.match(events.at(-1), { type: 'audio-end', segment: 1, final: true })
  t.equal(channel.stats.utterances, 1)
})
