import t from 'tap'
import { createTiming } from '../pipeline/timing.ts'
import { type AudioEvent, AudioOutbox } from './audio-outbox.ts'

const sampleRateHz = 1000

/** A segment of `ms` of speech in chunks of 100 ms. */
function speech(segment: number, ms: number): AudioEvent[] {
  const timing = createTiming(segment, 0, 0)
  const common = { segment, sequence: segment, timing }
  const chunks = Array.from({ length: ms / 100 }, () => ({
    ...common,
    type: 'audio-chunk' as const,
    pcm: new Int16Array(100),
  }))
  return [
    { ...common, type: 'audio-start', language: 'pt', text: '', sampleRate: sampleRateHz },
    ...chunks,
    { ...common, type: 'audio-end', durationMs: ms, final: true },
  ]
}

/** An outbox whose connection takes an event each time `take` is called. */
function createOutbox(capacityMs: number): {
  readonly outbox: AudioOutbox
  readonly sent: AudioEvent[]
  readonly losses: number[]
  readonly take: (events: number) => Promise<void>
} {
  const sent: AudioEvent[] = []
  const losses: number[] = []
  const waiting: (() => void)[] = []
  const outbox = new AudioOutbox({
    capacityMs,
    sampleRateHz,
    send: (event) => sent.push(event),
    writable: () => new Promise((resolve) => waiting.push(resolve)),
    onLoss: (droppedMs) => losses.push(droppedMs),
  })
  const take = async (events: number): Promise<void> => {
    for (let event = 0; event < events; event++) {
      waiting.shift()?.()
      await new Promise(setImmediate)
    }
  }
  return { outbox, sent, losses, take }
}

const segmentsOf = (events: readonly AudioEvent[]): number[] => [
  ...new Set(events.map(({ segment }) => segment)),
]

t.test('sends in order and waits for the connection', async (t) => {
  const { outbox, sent, losses, take } = createOutbox(1000)
  const events = [...speech(1, 300), ...speech(2, 200)]
  for (const event of events) outbox.push(event)
  await take(2)
  t.equal(sent.length, 2)
  await take(20)
  await outbox.flushed()
  t.same(sent, events)
  t.same(losses, [])
})

t.test('beyond its capacity the oldest segment that has not begun is given up whole', async (t) => {
  const { outbox, sent, losses, take } = createOutbox(1000)
  for (const event of speech(1, 500)) outbox.push(event)
  await take(2)
  for (const event of [...speech(2, 500), ...speech(3, 400)]) outbox.push(event)
  await take(50)
  await outbox.flushed()
  t.same(segmentsOf(sent), [1, 3])
  t.equal(sent.length, 7 + 6, 'segment 1, which had begun, is complete')
  t.same(losses, [500])
})

t.test('a segment that is given up while it comes stays away to its end', async (t) => {
  const { outbox, sent, losses, take } = createOutbox(1000)
  for (const event of speech(1, 900)) outbox.push(event)
  await take(1)
  for (const event of speech(2, 800)) outbox.push(event)
  t.same(losses, [800], 'one report for the whole of it')
  await take(50)
  for (const event of speech(3, 100)) outbox.push(event)
  await take(50)
  t.same(segmentsOf(sent), [1, 3])
})

t.test('one segment longer than the capacity is not cut once it has begun', async (t) => {
  const { outbox, sent, losses, take } = createOutbox(1000)
  const [start, ...rest] = speech(1, 3000)
  if (start) outbox.push(start)
  await take(1)
  for (const event of rest) outbox.push(event)
  await take(50)
  t.equal(sent.length, 32)
  t.same(losses, [])
})

t.test('a loss without an end is reported at the flush', async (t) => {
  const { outbox, losses, take } = createOutbox(100)
  for (const event of speech(1, 300).slice(0, -1)) outbox.push(event)
  await take(5)
  await outbox.flushed()
  t.same(losses, [300])
})
