import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { modelDir } from '../../../test/models.ts'
import { readSpeech } from '../../../test/speech.ts'
import type {
  AudioFrame,
  ChannelSettings,
  Guess,
  Hearing,
  Input,
  SegmentItem,
  Utterance,
} from '../../pipeline/stage.ts'
import { createSegmentStage, type SegmentStageOptions } from './index.ts'
import { loadSilero, type VoiceDetector } from './silero.ts'
import type { TurnDetector } from './turn-detector.ts'

const settings: ChannelSettings = {
  source: 'en',
  target: 'pt',
  voice: undefined,
  speed: 1,
  partials: false,
  audio: true,
}

const silero = await loadSilero(modelDir('silero-vad'))
t.teardown(() => silero.close())
const speech = readSpeech('vm-rec-name.wav')

/** Takes loud blocks for speech, so that a test can say exactly where speech is. */
const byLoudness: VoiceDetector = {
  createStream: () => ({
    probability: async (samples) => (Math.abs(samples[0] ?? 0) > 0.1 ? 0.9 : 0.05),
    reset: () => undefined,
  }),
  close: async () => undefined,
}

/** Frames of 20 ms, which do not fit the blocks of the detector. */
function frames(samples: Float32Array, fromMs = 0): AudioFrame[] {
  return Array.from({ length: Math.ceil(samples.length / 320) }, (_, index) => ({
    type: 'frame',
    samples: samples.subarray(index * 320, (index + 1) * 320),
    startMs: fromMs + index * 20,
    arrivedAt: fromMs + index * 20 + 20,
  }))
}

function tone(durationMs: number, level = 0.5): Float32Array {
  return new Float32Array(durationMs * 16).fill(level)
}

function join(...parts: readonly Float32Array[]): Float32Array {
  return Float32Array.from(parts.flatMap((part) => [...part]))
}

async function run(
  input: readonly Input[],
  options: Partial<SegmentStageOptions> = {},
): Promise<{ items: SegmentItem[]; utterances: Utterance[]; types: string[] }> {
  async function* source(): AsyncGenerator<Input> {
    yield* input
  }
  const items: SegmentItem[] = []
  const stage = createSegmentStage({
    settings,
    vad: byLoudness,
    turnDetector: undefined,
    channel: 'c',
    partialStepMs: () => Infinity,
    ...options,
  })
  for await (const item of stage(source())) items.push(item)
  const utterances = items.filter((item) => item.type === 'utterance')
  return { items, utterances, types: items.map(({ type }) => type) }
}

void t.test('finds two utterances of real speech and gives them numbers and times', async (t) => {
  const silence = new Float32Array(24_000)
  const input = frames(join(silence, speech, silence, speech, silence))
  const { items, utterances } = await run(input, { vad: silero })
  t.match(
    items.filter(({ type }) => type !== 'guess' && type !== 'hearing'),
    [
      { type: 'speech-start', segment: 1 },
      { type: 'speech-end', segment: 1 },
      { type: 'utterance', segment: 1 },
      { type: 'speech-start', segment: 2 },
      { type: 'speech-end', segment: 2 },
      { type: 'utterance', segment: 2 },
    ],
  )
  const lengthMs = speech.length / 16
  for (const [index, { startMs, endMs, samples, timing }] of utterances.entries()) {
    const clipMs = 1500 + index * (lengthMs + 1500)
    const firstSoundMs = clipMs + 260
    t.ok(startMs <= firstSoundMs - 100 && startMs > firstSoundMs - 400, 'starts with the pre-roll')
    t.ok(Math.abs(endMs - clipMs - lengthMs) < 250, 'ends with the speech')
    t.ok(Math.abs(startMs + samples.length / 16 - endMs - 200) < 40, 'and some silence')
    t.ok(
      timing.speechEndedAt >= endMs && timing.speechEndedAt <= endMs + 20,
      'in the frame that arrived then',
    )
  }
})

void t.test('silence and noise give nothing', async (t) => {
  const noise = Float32Array.from({ length: 48_000 }, (_, index) => 0.02 * Math.sin(index * index))
  t.same((await run(frames(join(new Float32Array(48_000), noise)), { vad: silero })).items, [])
})

void t.test('flush and the end of the stream end the utterance, to the last sample', async (t) => {
  const { items, utterances } = await run([
    ...frames(tone(500)),
    { type: 'flush' },
    ...frames(tone(700), 500),
    { type: 'flush' },
    { type: 'flush' },
  ])
  t.equal(items.length, 6)
  t.same(utterances[0]?.samples, tone(500))
  t.same(utterances[1]?.samples, tone(700))
  t.match(utterances[1], { segment: 2, startMs: 500, endMs: 1200 })
  t.equal((await run(frames(tone(500)))).utterances.length, 1)
})

void t.test('a change of language ends the utterance, a change of voice does not', async (t) => {
  const change = (changed: Partial<ChannelSettings>): Input[] => [
    ...frames(tone(500)),
    { type: 'configure', settings: changed },
    ...frames(tone(500), 500),
  ]
  const language = await run(change({ source: 'es' }))
  t.same(
    language.utterances.map((utterance) => utterance.settings.source),
    ['en', 'es'],
  )
  const voice = await run(change({ voice: 'other', source: 'en' }))
  t.same(
    voice.utterances.map((utterance) => utterance.settings.voice),
    ['other'],
  )
})

void t.test('lost audio as long as a pause counts as a pause', async (t) => {
  const gap = async (durationMs: number) => [...frames(tone(500)), ...frames(tone(500), 500 + durationMs)]
  t.equal((await run(await gap(700))).utterances.length, 2)
  t.equal((await run(await gap(100))).utterances.length, 1)
})

void t.test('texts to be said get a segment number and the settings of their moment', async (t) => {
  const { items } = await run([
    { type: 'speak', text: 'Olá' },
    { type: 'configure', settings: { target: 'en' } },
    { type: 'speak', text: 'Hi', language: 'fr', voice: 'v', speed: 2, sequence: 7, final: false },
  ])
  t.match(items, [
    { type: 'announcement', segment: 1, text: 'Olá', language: 'pt', sequence: undefined, final: true },
    {
      type: 'announcement',
      segment: 2,
      language: 'fr',
      sequence: 7,
      final: false,
      settings: { target: 'en', voice: 'v', speed: 2 },
    },
  ])
})

void t.test('without a detector the audio is cut into pieces of a fixed length', async (t) => {
  const audio = Float32Array.from({ length: 16 * 2500 }, (_, index) => index / 40_000)
  const { utterances, types } = await run(frames(audio), { vad: undefined, segment: { chunkMs: 1024 } })
  t.same(
    utterances.map(({ samples }) => samples.length / 16),
    [1024, 1024, 452],
  )
  t.same(join(...utterances.map(({ samples }) => samples)), audio, 'nothing is lost')
  t.same(types.slice(0, 3), ['speech-start', 'speech-end', 'utterance'])
  const flushed = await run([...frames(tone(100)), { type: 'flush' }], { vad: undefined })
  t.equal(flushed.utterances[0]?.samples.length, 1600)
})

/** A detector of turns that gives one answer. */
function createTurnDetector(probability: number) {
  const heard: number[] = []
  const turnDetector: TurnDetector = {
    info: { model: 'constant', maxSeconds: 8 },
    async judge({ samples }) {
      heard.push(samples.length / 16)
      return { probability, modelMs: 1 }
    },
  }
  return { turnDetector, heard }
}

/** Runs the stage, answers each guess with `text`, and says how long each pause was when its utterance ended. */
async function answerGuesses(text: string | undefined, probability: number, pauseMs = 1500) {
  const { turnDetector } = createTurnDetector(probability)
  async function* source(): AsyncGenerator<Input> {
    for (const frame of frames(join(tone(500), tone(pauseMs, 0), tone(500), tone(1500, 0)))) {
      yield frame
      // The recogniser and the detector answer before the next frame.
      await setImmediate()
    }
  }
  const outcomes: boolean[] = []
  const stage = createSegmentStage({
    settings,
    vad: byLoudness,
    turnDetector,
    channel: 'c',
    partialStepMs: () => Infinity,
    onSpeculation: (_, won) => outcomes.push(won),
  })
  const guesses: Guess[] = []
  const utterances: Utterance[] = []
  for await (const item of stage(source())) {
    if (item.type === 'guess') {
      guesses.push(item)
      item.speculation.text = text
    }
    if (item.type === 'utterance') utterances.push(item)
  }
  return { guesses, utterances, outcomes }
}

void t.test('the more finished a sentence is, the shorter a pause ends it', async (t) => {
  const utterancesAfter = async (pauseMs: number, text: string | undefined, probability: number) =>
    (await answerGuesses(text, probability, pauseMs)).utterances.length
  t.equal(await utterancesAfter(320, 'It is done.', 0.9), 2, 'text and melody')
  t.equal(await utterancesAfter(320, 'It is', 0.9), 1, 'melody only')
  t.equal(await utterancesAfter(550, 'It is', 0.9), 2)
  t.equal(await utterancesAfter(320, 'It is done?', 0.1), 1, 'text only')
  t.equal(await utterancesAfter(550, 'It is done?', 0.1), 2)
  t.equal(await utterancesAfter(600, 'It is', 0.1), 1, 'neither')
  t.equal(await utterancesAfter(800, 'It is', 0.1), 2)
  t.equal(await utterancesAfter(600, undefined, 0.1), 1, 'nobody has answered yet')
})

void t.test('a guess that comes true is handed on with its utterance', async (t) => {
  const { guesses, utterances, outcomes } = await answerGuesses('Done.', 0.9)
  t.equal(guesses.length, 2)
  t.same(outcomes, [true, true])
  t.equal(utterances[0]?.speculation, guesses[0]?.speculation)
  t.notOk(guesses[0]?.speculation.signal.aborted)
  t.equal(guesses[0]?.endMs, utterances[0]?.endMs)
})

void t.test('a guess is abandoned where speech goes on', async (t) => {
  const { guesses, utterances, outcomes } = await answerGuesses('It is', 0.1, 300)
  t.equal(guesses.length, 2)
  t.same(outcomes, [false, true])
  t.ok(guesses[0]?.speculation.signal.aborted)
  t.equal(utterances[0]?.speculation, guesses[1]?.speculation)
})

void t.test('running speech is heard now and then, once the last hearing is over', async (t) => {
  const input = frames(join(tone(300, 0), tone(3000), tone(1000, 0)))
  async function hearings(
    partials: boolean,
    settle: boolean,
    { stepMs = 500, speech = input } = {},
  ): Promise<Hearing[]> {
    const stage = createSegmentStage({
      settings: { ...settings, partials },
      vad: byLoudness,
      turnDetector: undefined,
      channel: 'c',
      partialStepMs: () => stepMs,
    })
    async function* source(): AsyncGenerator<Input> {
      yield* speech
    }
    const found: Hearing[] = []
    for await (const item of stage(source())) {
      if (item.type !== 'hearing') continue
      found.push(item)
      item.attempt.settled = settle
    }
    return found
  }
  const heard = await hearings(true, true)
  t.ok(heard.length >= 5 && heard.length <= 6)
  const steps = heard.slice(1).map(({ endMs }, index) => endMs - (heard[index]?.endMs ?? 0))
  t.ok(
    steps.every((step) => step >= 500 && step < 540),
    'about every half a second',
  )
  t.ok(heard.every(({ samples, startMs, endMs }) => samples.length / 16 === endMs - startMs))
  const pending = await hearings(true, false)
  t.equal(pending.length, 1, 'one at a time')
  t.ok(pending[0]?.attempt.signal.aborted, 'and none once there is a pause')
  t.ok(heard.every(({ partial }) => partial))
  t.same(await hearings(false, true), [], 'short speech is not heard early where nobody reads along')
  const speech = frames(join(tone(300, 0), tone(9000), tone(1000, 0)))
  for (const unread of [
    await hearings(false, true, { speech }),
    await hearings(true, true, { speech, stepMs: Infinity }),
  ]) {
    t.ok(unread.length >= 2 && unread.length <= 3, 'but long speech is')
    t.ok(unread.every(({ partial, startMs, endMs }) => !partial && endMs - startMs >= 4000))
  }
})

void t.test('running speech is split where a sentence is found to end', async (t) => {
  const stage = createSegmentStage({
    settings: { ...settings, partials: true },
    vad: byLoudness,
    turnDetector: undefined,
    channel: 'c',
    partialStepMs: () => 500,
  })
  async function* source(): AsyncGenerator<Input> {
    yield* frames(join(tone(3000), tone(1000, 0)))
  }
  const items: SegmentItem[] = []
  for await (const item of stage(source())) {
    items.push(item)
    if (item.type !== 'hearing') continue
    item.attempt.settled = true
    if (item.segment === 1 && item.endMs > 1400) item.attempt.sentenceEndMs = 1000
  }
  t.match(
    items.filter(({ type }) => type !== 'hearing' && type !== 'guess'),
    [
      { type: 'speech-start', segment: 1 },
      { type: 'speech-end', segment: 1 },
      { type: 'utterance', segment: 1, endsSentence: true },
      { type: 'speech-start', segment: 2 },
      { type: 'speech-end', segment: 2 },
      { type: 'utterance', segment: 2, endsSentence: false },
    ],
  )
  const [first, second] = items.filter((item) => item.type === 'utterance')
  t.ok(first && Math.abs(first.endMs - 1000) <= 300)
  t.equal(second?.startMs, first?.endMs)
})

void t.test('the detector of turns hears its last seconds only', async (t) => {
  const { turnDetector, heard } = createTurnDetector(0.9)
  await run(frames(join(tone(10_000), tone(1000, 0))), { turnDetector })
  t.same(heard, [8000])
})

void t.test('a detector of turns that fails makes the pause longer, nothing else', async (t) => {
  const turnDetector: TurnDetector = {
    info: { model: 'broken', maxSeconds: 8 },
    judge: async () => Promise.reject(new Error('no answer')),
  }
  t.equal((await run(frames(join(tone(500), tone(1000, 0))), { turnDetector })).utterances.length, 1)
})
