import t from 'tap'
import type { SpokenClause } from '../src/cli/stream-client.ts'
import { Listener } from './listener.ts'

const sampleRate = 1000

function spokenClause(segment: number): SpokenClause {
  return { segment, sequence: 1, language: 'en', text: 'text', sampleRate, pieces: [] }
}

/** A millisecond a sample. */
function pcm(silentMs: number, loudMs: number): Int16Array {
  return Int16Array.from({ length: silentMs + loudMs }, (_, index) => (index < silentMs ? 0 : 5000))
}

t.test('pieces are played one after the other', async (t) => {
  const listener = new Listener()
  const [one, two] = [spokenClause(1), spokenClause(2)]
  listener.hear(one, { at: 0, pcm: pcm(50, 0) })
  listener.hear(one, { at: 10, pcm: pcm(20, 930) })
  listener.hear(two, { at: 500, pcm: pcm(30, 970) })
  t.match(listener.clauses, [
    { segment: 1, arrivedAt: 0, soundsAt: 70, playedAt: 1000 },
    { segment: 2, arrivedAt: 500, soundsAt: 530, playedAt: 2000 },
  ])
  t.equal(listener.backlogMs(600), 1400)
  t.equal(listener.backlogMs(3000), 0)
})
