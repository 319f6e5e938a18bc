import t from 'tap'
import type { ChannelSettings, Event } from '../pipeline/stage.ts'
import { createTiming, type SegmentTiming } from '../pipeline/timing.ts'
import { type UtteranceReport, Utterances } from './utterances.ts'

const settings: ChannelSettings = {
  source: 'auto',
  target: 'pt',
  voice: undefined,
  speed: 1,
  partials: true,
  audio: true,
}

function watch(): { utterances: Utterances; reports: UtteranceReport[] } {
  const reports: UtteranceReport[] = []
  return { reports, utterances: new Utterances({ src: 'auto', tgt: 'pt' }, (report) => reports.push(report)) }
}

type Told = Exclude<Event, { readonly type: 'audio-chunk' }>

function speech(segment: number): Told[] {
  return [
    { type: 'speech-start', segment, startMs: 1000 },
    { type: 'speech-end', segment, endMs: 3500 },
  ]
}

function transcript(timing: SegmentTiming, text: string, { final = true, audio = true } = {}): Told {
  const { segment } = timing
  const span = { startMs: 1000, endMs: 3500, stable: 0 }
  return {
    type: 'transcript',
    segment,
    final,
    text,
    language: 'en',
    timing,
    settings: { ...settings, audio },
    ...span,
  }
}

function translation(timing: SegmentTiming, text: string, { final = true, audio = true } = {}): Told {
  const { segment } = timing
  const about = { clause: 0, language: 'pt', timing, settings: { ...settings, audio } }
  return { type: 'translation', segment, final, text, ...about }
}

function audio(timing: SegmentTiming, { final = true } = {}): Told[] {
  const about = { segment: timing.segment, sequence: 0, timing }
  return [
    { type: 'audio-start', ...about, language: 'pt', text: 'Olá.', sampleRate: 24000 },
    { type: 'audio-end', ...about, durationMs: 800, final },
  ]
}

function tell(utterances: Utterances, events: readonly Told[]): void {
  for (const event of events) utterances.see(event)
}

t.test('an utterance ends with the last of its speech', async (t) => {
  const { utterances, reports } = watch()
  const timing = createTiming(1, 100, 360)
  tell(utterances, [...speech(1), transcript(timing, 'Hello.'), translation(timing, 'Olá.')])
  t.match(utterances.directionOf(1), { src: 'en', tgt: 'pt' })
  t.same(reports, [])
  tell(utterances, audio(timing))
  t.match(reports, [
    {
      segment: 1,
      src: 'en',
      tgt: 'pt',
      audioMs: 2500,
      spokenMs: 800,
      clauses: 1,
      heard: 'Hello.',
      translated: 'Olá.',
    },
  ])
  t.match(reports[0]?.passages, [{ timing, transcribedAt: Number, translatedAt: Number }])
  t.equal(reports[0]?.error, undefined)
})

t.test('without speech it ends with its captions', async (t) => {
  const { utterances, reports } = watch()
  const timing = createTiming(1, 100, 360)
  const silent = { audio: false }
  tell(utterances, [...speech(1), transcript(timing, 'A. B.', silent)])
  tell(utterances, [
    translation(timing, 'A.', { ...silent, final: false }),
    translation(timing, 'B.', silent),
  ])
  t.match(reports, [{ segment: 1, clauses: 2, spokenMs: 0, translated: 'A. B.' }])
})

t.test('where nothing was understood it ends at once', async (t) => {
  const { utterances, reports } = watch()
  tell(utterances, [...speech(1), transcript(createTiming(1, 100, 360), '')])
  t.match(reports, [{ segment: 1, clauses: 0, heard: '' }])
})

t.test('what is translated early is a passage of its own', async (t) => {
  const { utterances, reports } = watch()
  const [early, late] = [createTiming(1, 100, 150), createTiming(1, 900, 1160)] as const
  tell(utterances, [
    { type: 'speech-start', segment: 1, startMs: 1000 },
    transcript(early, 'Hello.', { final: false }),
    translation(early, 'Olá.', { final: false }),
    ...audio(early, { final: false }),
    { type: 'speech-end', segment: 1, endMs: 3500 },
    transcript(late, 'Hello. Good bye.'),
    translation(late, 'Tchau.'),
    ...audio(late),
  ])
  t.match(reports, [
    { passages: [{ timing: early, transcribedAt: undefined }, { timing: late }], spokenMs: 1600 },
  ])
})

t.test('one that failed ends with the next one, and says why', async (t) => {
  const { utterances, reports } = watch()
  const timing = createTiming(2, 100, 360)
  const failure = { type: 'error', code: 'ERR_ENGINE', message: '', retryable: true, segment: 1 } as const
  tell(utterances, [...speech(1), failure, ...speech(2), transcript(timing, 'A.'), translation(timing, 'A.')])
  tell(utterances, audio(timing))
  t.match(reports, [
    { segment: 1, error: 'ERR_ENGINE' },
    { segment: 2, error: undefined },
  ])
})

t.test('a text to be said is one too', async (t) => {
  const { utterances, reports } = watch()
  tell(utterances, audio(createTiming(1, 100, 100)))
  t.match(reports, [{ src: 'text', tgt: 'pt', audioMs: 0, spokenMs: 800 }])
})

t.test('those that get no answer are not kept forever, and end with the channel', async (t) => {
  const { utterances, reports } = watch()
  for (let segment = 1; segment <= 100; segment++) tell(utterances, speech(segment))
  t.equal(reports.length, 36)
  utterances.close()
  t.equal(reports.length, 100)
})
