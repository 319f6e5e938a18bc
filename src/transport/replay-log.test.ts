import t from 'tap'
import { ReplayLog } from './replay-log.ts'

const forever = { maxBytes: Infinity, maxAgeMs: Infinity }
/** Samples that count on from `first`. */
const pcm = (first: number, count: number): Uint8Array =>
  new Uint8Array(Int16Array.from({ length: count }, (_, index) => first + index).buffer)
const samples = (bytes: Uint8Array): number[] => [
  ...new Int16Array(bytes.slice().buffer, 0, bytes.byteLength / 2),
]
const readable = (items: readonly (string | Uint8Array)[]): unknown[] =>
  items.map((item) => (typeof item === 'string' ? item : samples(item)))

/** Text 1, samples 0 to 9, text 2, samples 10 to 14, text 3. */
function filled(options = forever): ReplayLog {
  const log = new ReplayLog(options)
  log.pushText('one')
  log.pushAudio(pcm(0, 10))
  log.pushText('two')
  log.pushAudio(pcm(10, 5))
  log.pushText('three')
  return log
}

t.test('what came after a position, in order, and nothing twice', async (t) => {
  const log = filled()
  const after = (seq: number, audioSamples?: number): unknown[] =>
    readable(log.after({ seq, audioSamples }).items)
  t.same(after(3, 15), [])
  t.same(after(2, 10), [[10, 11, 12, 13, 14], 'three'])
  t.same(after(1, 7), [[7, 8, 9], 'two', [10, 11, 12, 13, 14], 'three'], 'audio is cut within a frame')
  t.same(after(2), [[10, 11, 12, 13, 14], 'three'], 'without samples: all audio that came after the message')
  t.same(after(3), [])
  t.same(after(0, 0).length, 5)
  t.match(log.after({ seq: 1, audioSamples: 7 }), {
    seq: 1,
    audioSamples: 7,
    lostMessages: 0,
    lostSamples: 0,
  })
})

t.test('what is no longer there is told', async (t) => {
  const log = filled({ maxBytes: 350, maxAgeMs: Infinity })
  const replay = log.after({ seq: 0, audioSamples: 0 })
  t.same(readable(replay.items), ['two', [10, 11, 12, 13, 14], 'three'])
  t.match(replay, { seq: 1, audioSamples: 10, lostMessages: 1, lostSamples: 10 })
  t.match(log.after({ seq: 1, audioSamples: 10 }), { lostMessages: 0, lostSamples: 0 })
  log.clear()
  t.match(log.after({ seq: 2, audioSamples: 12 }), { lostMessages: 1, lostSamples: 3, items: [], seq: 3 })
})

t.test('old messages go', async (t) => {
  const log = new ReplayLog({ maxBytes: Infinity, maxAgeMs: 20 })
  log.pushText('old')
  await new Promise((resolve) => setTimeout(resolve, 30))
  log.pushText('new')
  t.match(log.after({ seq: 0, audioSamples: 0 }), { items: ['new'], lostMessages: 1 })
})
