import t from 'tap'
import { findAnswer, isLost, matchSegments, type Segment } from './answers.ts'
import type { HeardClause } from './listener.ts'

function clause(arrivedAt: number, soundsAt: number | undefined = arrivedAt + 40): HeardClause {
  return { segment: 1, text: '', arrivedAt, soundsAt, playedAt: arrivedAt + 1000 }
}

function segment(number: number, startMs: number, text: string, clauses: HeardClause[]): Segment {
  return { segment: number, startMs, text, clauses }
}

const utterance = { name: 'clip', startMs: 1000, speechMs: 2000, endedAt: 10_000 }

t.test('a segment belongs to the clip in which, or after which, it began', async (t) => {
  const utterances = [utterance, { ...utterance, startMs: 6000 }]
  const segments = [900, 3000, 5400, 5800].map((startMs, index) => segment(index, startMs, 'x', []))
  t.same(
    matchSegments(utterances, segments).map((own) => own.map(({ segment }) => segment)),
    [[0, 1, 2], [3]],
  )
})

t.test('the end is answered by the last segment with words', async (t) => {
  const segments = [
    segment(1, 1000, 'a', [clause(10_100)]),
    segment(2, 2000, 'b', [clause(10_600)]),
    segment(3, 4000, '', []),
  ]
  t.same(findAnswer(utterance, segments), { segment: 2, firstSoundMs: 640, leadSilenceMs: 40, early: false })
  t.equal(isLost(segments), false)
})

t.test('what was spoken before the end is no answer to it', async (t) => {
  const early = [segment(1, 1000, 'a b', [clause(9000), clause(10_300)])]
  t.match(findAnswer(utterance, early), { firstSoundMs: 340, early: true })
  t.equal(findAnswer(utterance, [segment(1, 1000, 'a', [clause(9000)])]), undefined)
})

t.test('words without a sound are lost', async (t) => {
  t.equal(isLost([]), true)
  t.equal(isLost([segment(1, 1000, '', [])]), true)
  t.equal(isLost([segment(1, 1000, 'a', [clause(10_100)]), segment(2, 2000, 'b', [])]), true)
})
