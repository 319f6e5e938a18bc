import t from 'tap'
import { VoxbridgeError } from '../../errors.ts'
import { Speculation } from '../../pipeline/attempt.ts'
import type {
  Announcement,
  ChannelSettings,
  Event,
  Rehearsal,
  Sayable,
  Translation,
} from '../../pipeline/stage.ts'
import { createTiming } from '../../pipeline/timing.ts'
import { createSpeakStage } from './index.ts'
import type { SynthesizeRequest, Synthesizer } from './synthesizer.ts'

const settings: ChannelSettings = {
  source: 'en',
  target: 'pt',
  voice: undefined,
  speed: 1,
  partials: false,
  audio: true,
}

function translation(segment: number, text: string, change: Partial<Translation> = {}): Translation {
  const timing = createTiming(segment, 0, 0)
  return {
    type: 'translation',
    segment,
    clause: 0,
    final: true,
    text,
    language: 'pt',
    timing,
    settings,
    ...change,
  }
}

function announcement(text: string, change: Partial<Announcement> = {}): Announcement {
  const rest = { sequence: undefined, final: true, timing: createTiming(1, 0, 0), settings }
  return { type: 'announcement', segment: 1, text, language: 'pt', ...rest, ...change }
}

/** Gives 200 ms for every request; fails where the text asks for it. */
function createSynthesizer(...languages: readonly string[]) {
  const requests: SynthesizeRequest[] = []
  const synthesizer: Synthesizer = {
    info: {
      voices: languages.flatMap((language) => [
        { id: `${language}-first`, language, engine: 'tone' },
        { id: `${language}-second`, language, engine: 'tone' },
      ]),
      sampleRate: 24_000,
    },
    async *synthesize(request) {
      requests.push(request)
      if (request.text.includes('fail at once')) throw new Error('no phonemes')
      yield { samples: new Float32Array(4800).fill(0.5) }
      if (request.text.includes('fail later')) throw new VoxbridgeError('ERR_ENGINE_GONE', 'the worker died')
    },
  }
  return { synthesizer, requests }
}

async function run(input: readonly Sayable[], ...synthesizers: readonly Synthesizer[]): Promise<Event[]> {
  async function* source(): AsyncGenerator<Sayable> {
    yield* input
  }
  const events: Event[] = []
  const { signal } = new AbortController()
  for await (const event of createSpeakStage({ synthesizers, channel: 'c', signal })(source()))
    events.push(event)
  return events
}

void t.test('each clause is an audio of its own; the last of the segment is marked', async (t) => {
  const { synthesizer, requests } = createSynthesizer('pt')
  const first = translation(1, 'Bom dia a todos os presentes, e muito obrigado por terem vindo até aqui.', {
    final: false,
  })
  const events = await run([first, translation(1, 'Vamos começar.', { clause: 1 })], synthesizer)
  t.ok(requests.length >= 3, 'the long sentence is cut into clauses')
  t.equal(requests.map(({ text }) => text).join(' '), `${first.text} Vamos começar.`)

  const starts = events.filter((event) => event.type === 'audio-start')
  const ends = events.filter((event) => event.type === 'audio-end')
  t.same(
    starts.map(({ sequence }) => sequence),
    requests.map((_, index) => index),
  )
  t.same(
    ends.map(({ final }) => final),
    requests.map((_, index) => index === requests.length - 1),
  )
  t.ok(ends.every(({ durationMs }) => durationMs === 200))
})

void t.test('audio is PCM16 in pieces of at most 150 ms', async (t) => {
  const { synthesizer } = createSynthesizer('pt')
  const events = await run([translation(1, 'Olá.')], synthesizer)
  const chunks = events.filter((event) => event.type === 'audio-chunk').map(({ pcm }) => pcm)
  t.same(
    chunks.map(({ length }) => length),
    [3600, 1200],
  )
  t.equal(chunks[0]?.[0], 16384)
  t.match(events[0], { type: 'audio-start', sampleRate: 24_000, text: 'Olá.', language: 'pt' })
})

void t.test('the time of the voice is counted for the first audio of a segment only', async (t) => {
  const { synthesizer } = createSynthesizer('pt')
  const timing = createTiming(1, 0, 0)
  const item = translation(1, 'Olá.', { timing, final: false })
  let first: number | undefined
  async function* source(): AsyncGenerator<Sayable> {
    yield item
    yield { ...item, clause: 1, final: true }
  }
  const { signal } = new AbortController()
  const stage = createSpeakStage({ synthesizers: [synthesizer], channel: 'c', signal })
  for await (const event of stage(source())) if (event.type === 'audio-end') first ??= timing.ttsMs
  t.ok(first !== undefined && first > 0)
  t.equal(timing.ttsMs, first)
})

void t.test('the voice of the settings is used where it speaks the language', async (t) => {
  const { synthesizer, requests } = createSynthesizer('pt', 'en')
  const withVoice = (voice: string) => translation(1, 'Olá.', { settings: { ...settings, voice } })
  await run([withVoice('pt-second'), withVoice('en-second'), translation(1, 'Olá.')], synthesizer)
  t.same(
    requests.map(({ voice }) => voice),
    ['pt-second', 'pt-first', 'pt-first'],
  )
})

void t.test('with audio turned off nothing is said', async (t) => {
  const { synthesizer, requests } = createSynthesizer('pt')
  const silent = { ...settings, audio: false }
  const events = await run([translation(1, 'Olá.', { settings: silent })], synthesizer)
  t.same(events, [])
  t.equal(requests.length, 0)
  t.match(await run([announcement('Olá.', { settings: silent })], synthesizer), [{ code: 'ERR_BAD_REQUEST' }])
})

void t.test('a language without a voice is told once', async (t) => {
  const { synthesizer } = createSynthesizer('en')
  const events = await run([translation(1, 'Olá.'), translation(2, 'Bom dia.')], synthesizer)
  t.equal(events.length, 1)
  t.match(events, [{ type: 'error', code: 'ERR_LANGUAGE' }])
  t.match(await run([announcement('Olá.')], synthesizer), [{ code: 'ERR_LANGUAGE', segment: 1 }])
})

void t.test('a clause that fails is told, its audio is closed, and the next one is said', async (t) => {
  const { synthesizer } = createSynthesizer('pt')
  const texts = ['fail at once', 'fail later', 'Olá.']
  const events = await run(
    texts.map((text, index) => translation(index + 1, text)),
    synthesizer,
  )
  t.match(
    events.filter(({ type }) => type !== 'audio-chunk'),
    [
      { type: 'error', code: 'ERR_ENGINE', segment: 1 },
      { type: 'audio-start', segment: 2, sequence: 0 },
      { type: 'audio-end', segment: 2, durationMs: 200 },
      { type: 'error', code: 'ERR_ENGINE_GONE', segment: 2 },
      { type: 'audio-start', segment: 3, sequence: 1 },
      { type: 'audio-end', segment: 3, final: true },
    ],
  )
})

void t.test('an announcement is one audio with the sequence and the mark that were given', async (t) => {
  const { synthesizer } = createSynthesizer('pt')
  const text = 'Bom dia a todos os presentes. Muito obrigado por terem vindo até aqui.'
  const events = await run([announcement(text, { sequence: 40, final: false })], synthesizer)
  t.match(
    events.filter(({ type }) => type !== 'audio-chunk'),
    [
      { type: 'audio-start', sequence: 40, text },
      { type: 'audio-end', sequence: 40, final: false, durationMs: 400 },
    ],
  )
})

void t.test('a sentence with nothing to say still closes its segment', async (t) => {
  const { synthesizer } = createSynthesizer('pt')
  t.same(await run([translation(1, '')], synthesizer), [], 'an empty translation has no audio')
  t.match((await run([translation(1, ' — ')], synthesizer)).at(-1), { type: 'audio-end', final: true })
})

void t.test('a voice with another rate is refused', async (t) => {
  const { synthesizer } = createSynthesizer('pt')
  const slow = { ...synthesizer, info: { ...synthesizer.info, sampleRate: 22_050 } }
  const { signal } = new AbortController()
  t.throws(() => createSpeakStage({ synthesizers: [slow], channel: 'c', signal }), { code: 'ERR_CONFIG' })
})

function rehearsal(text: string): Rehearsal {
  return { type: 'rehearsal', text, language: 'pt', settings, speculation: new Speculation() }
}

void t.test('a rehearsed clause is made once, before it is wanted', async (t) => {
  const { synthesizer, requests } = createSynthesizer('pt')
  const events = await run([rehearsal('Olá.'), translation(1, 'Olá.'), translation(2, 'Olá.')], synthesizer)
  t.equal(requests.length, 2, 'the second time it is made anew')
  const types = ['audio-start', 'audio-chunk', 'audio-chunk', 'audio-end']
  t.same(
    events.map(({ type }) => type),
    [...types, ...types],
  )
})

void t.test('a rehearsal that foresees something else is of no consequence', async (t) => {
  const { synthesizer, requests } = createSynthesizer('pt')
  const abandoned = rehearsal('Olá.')
  abandoned.speculation.abandon()
  const events = await run(
    [rehearsal('Adeus.'), translation(1, 'Olá.'), abandoned, translation(2, 'Bom dia.')],
    synthesizer,
  )
  t.same(
    requests.map(({ text }) => text),
    ['Adeus.', 'Olá.', 'Olá.', 'Bom dia.'],
  )
  t.equal(events.filter(({ type }) => type === 'audio-end').length, 2)
  t.same(
    events.filter(({ type }) => type === 'error'),
    [],
  )
})

void t.test('with audio turned off nothing is rehearsed', async (t) => {
  const { synthesizer, requests } = createSynthesizer('pt')
  await run([{ ...rehearsal('Olá.'), settings: { ...settings, audio: false } }], synthesizer)
  t.same(requests, [])
})

void t.test('the voice and the speed of the settings are asked for', async (t) => {
  const { synthesizer, requests } = createSynthesizer('pt')
  const own = { ...settings, voice: 'pt-second', speed: 0.8 }
  await run(
    [translation(1, 'Olá.', { settings: own }), announcement('Bom dia.', { settings: own })],
    synthesizer,
  )
  t.match(requests, [
    { voice: 'pt-second', speed: 0.8 },
    { voice: 'pt-second', speed: 0.8 },
  ])
})

void t.test('a listener who is behind hears the next passage faster, all of it at one pace', async (t) => {
  const { synthesizer, requests } = createSynthesizer('pt')
  const long: Synthesizer = {
    ...synthesizer,
    async *synthesize(request, options) {
      for await (const chunk of synthesizer.synthesize(request, options)) void chunk
      yield { samples: new Float32Array(24_000 * 7).fill(0.5) }
    },
  }
  const timing = createTiming(3, 0, 0)
  await run(
    [
      translation(1, 'Olá.'),
      translation(2, 'Bom dia.'),
      translation(3, 'Um.', { timing, final: false }),
      translation(3, 'Dois.', { timing }),
    ],
    long,
  )
  t.match(requests, [{ speed: 1, gap: 1 }, { speed: 1.2 }, { speed: 1.2 }, { speed: 1.2 }])
})
