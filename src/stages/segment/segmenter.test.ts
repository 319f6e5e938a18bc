import t from 'tap'
import { joinSamples } from '../../pipeline/join-samples.ts'
import type { Block } from './blocks.ts'
import { defaultSegmentOptions, type SegmentOptions } from './options.ts'
import { Segmenter, type SegmenterEvent } from './segmenter.ts'
import { blockMs, blockSamples, type VoiceStream } from './silero.ts'

/** Takes loud blocks for speech, so that the tests can say exactly where speech is. */
const byLoudness: VoiceStream = {
  probability: async (samples) => (Math.abs(samples[0] ?? 0) > 0.1 ? 0.9 : 0.05),
  reset: () => undefined,
}

/** Keeps the marks too small to count as loudness. */
const markScale = 4096

/** Blocks of the given levels, marked by their number in the second sample. */
function blocks(...runs: readonly (readonly [level: number, count: number])[]): Block[] {
  return runs
    .flatMap(([level, count]) => new Array<number>(count).fill(level))
    .map((level, index) => {
      const samples = new Float32Array(blockSamples).fill(level)
      samples[1] = index / markScale
      return { samples, startMs: index * blockMs, arrivedAt: 1000 + index * blockMs }
    })
}

async function run(input: readonly Block[], options: Partial<SegmentOptions> = {}) {
  const segmenter = new Segmenter(byLoudness, { ...defaultSegmentOptions, endSilenceMs: 608, ...options })
  const all: SegmenterEvent[] = []
  for (const block of input) all.push(...(await segmenter.push(block)))
  const pauses = all.filter(({ type }) => type === 'pause' || type === 'resume')
  const events = all.filter((event) => !pauses.includes(event))
  return { segmenter, events, pauses, ends: events.filter((event) => event.type === 'end') }
}

/** The numbers of the blocks in an utterance. */
function numbers(samples: Float32Array | undefined): number[] {
  return Array.from(
    { length: (samples?.length ?? 0) / blockSamples },
    (_, at) => (samples?.[at * blockSamples + 1] ?? -1) * markScale,
  )
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index)
}

void t.test('an utterance has its pre-roll, its speech and a little silence', async (t) => {
  const { events, ends } = await run(blocks([0, 30], [0.5, 20], [0, 30]))
  t.same(
    events.map(({ type }) => type),
    ['begin', 'end'],
  )
  t.same(numbers(ends[0]?.samples), range(21, 56), 'nine blocks before, six after')
  t.match(events[0], { startMs: 21 * blockMs })
  t.match(ends[0], { startMs: 21 * blockMs, endMs: 50 * blockMs, speechEndedAt: 1000 + 49 * blockMs })
})

void t.test(
  'the beginning is told as soon as there is enough speech, the end after enough silence',
  async (t) => {
    const input = blocks([0, 10], [0.5, 8], [0, 30])
    const enoughSpeech = await run(input.slice(0, 14))
    t.match(enoughSpeech.events, [{ type: 'begin' }])
    t.same((await run(input.slice(0, 13))).events, [])
    t.equal((await run(input.slice(0, 18 + 18))).ends.length, 0)
    t.equal((await run(input.slice(0, 18 + 19))).ends.length, 1, 'nineteen blocks are 608 ms')
  },
)

void t.test('a noise that is too short is dropped, and the speech after it is not', async (t) => {
  const { events, ends } = await run(blocks([0, 10], [0.5, 3], [0, 22], [0.5, 10], [0, 22]))
  t.equal(events.length, 2)
  t.same(
    numbers(ends[0]?.samples).filter((number) => number >= 35 && number < 45),
    range(35, 45),
  )
})

void t.test('a pause inside does not end an utterance', async (t) => {
  const { ends } = await run(blocks([0.5, 10], [0, 15], [0.5, 10], [0, 25]))
  t.equal(ends.length, 1)
  t.same(numbers(ends[0]?.samples), range(0, 41))
})

void t.test('each pause is told with the speech before it, and so is that it was none', async (t) => {
  const { pauses, ends } = await run(blocks([0.5, 10], [0, 2], [0.5, 5], [0, 6], [0.5, 10], [0, 25]))
  t.same(
    pauses.map(({ type }) => type),
    ['pause', 'resume', 'pause'],
    'two blocks are not a pause',
  )
  const [first, , second] = pauses
  t.match(first, { startMs: 0, endMs: 17 * blockMs, speechEndedAt: 1000 + 16 * blockMs })
  t.same(first?.type === 'pause' && numbers(first.samples), range(0, 20), 'three silent blocks with it')
  t.equal(ends.length, 1)
  t.match(second, { endMs: ends[0]?.endMs, speechEndedAt: ends[0]?.speechEndedAt })
})

void t.test('a confirmed pause ends the utterance, and the next one starts afresh', async (t) => {
  const input = blocks([0.5, 10], [0, 8], [0.5, 10], [0, 4])
  const { segmenter } = await run(input.slice(0, 18))
  t.equal(segmenter.silenceMs, 8 * blockMs)
  t.notOk(segmenter.speaking)
  const [end] = segmenter.confirm()
  t.same(end?.type === 'end' && numbers(end.samples), range(0, 16))
  t.equal(segmenter.silenceMs, 0)
  t.equal(segmenter.soFar(), undefined)
  const types: string[] = []
  for (const block of input.slice(18)) types.push(...(await segmenter.push(block)).map(({ type }) => type))
  t.same(types, ['begin', 'pause'])
  t.equal(segmenter.span?.startMs, 16 * blockMs, 'with the silence before it')
})

void t.test('what is heard of an open utterance is a copy of all of it', async (t) => {
  const { segmenter } = await run(blocks([0, 12], [0.5, 10]))
  t.ok(segmenter.speaking)
  t.same(segmenter.span, { startMs: 3 * blockMs, endMs: 22 * blockMs })
  const soFar = segmenter.soFar()
  t.same(numbers(soFar?.samples), range(3, 22))
  t.match(soFar, { startMs: 3 * blockMs, endMs: 22 * blockMs, speechEndedAt: 1000 + 21 * blockMs })
})

void t.test(
  'an utterance ends near the end of a sentence, and the next one goes on from there',
  async (t) => {
    const input = blocks([0.5, 40], [0.3, 2], [0.5, 40])
    const { segmenter, events } = await run(input)
    t.equal(events.length, 1)
    const [end, begin, ...more] = segmenter.endAt(38 * blockMs)
    t.same(end?.type === 'end' && numbers(end.samples), range(0, 41), 'at the quietest place nearby')
    t.match(begin, { type: 'begin', startMs: 41 * blockMs })
    t.same(more, [])
    const [rest] = segmenter.finish()
    t.same(rest?.type === 'end' && numbers(rest.samples), range(41, 82), 'nothing is lost')
    t.same(segmenter.endAt(38 * blockMs), [], 'where nobody speaks there is no sentence')
  },
)

void t.test('a pause that is under way is told anew for the rest of the utterance', async (t) => {
  const input = blocks([0.5, 40], [0, 4], [0, 1])
  const { segmenter } = await run(input.slice(0, 44))
  const types = segmenter.endAt(20 * blockMs).map(({ type }) => type)
  t.same(types, ['resume', 'end', 'begin'])
  const [pause] = await segmenter.push(input[44]!)
  t.match(pause, { type: 'pause', endMs: 40 * blockMs })
})

void t.test('a cut does not come before words that are told already', async (t) => {
  const segmenter = new Segmenter(byLoudness, { ...defaultSegmentOptions, maxUtteranceMs: 100 * blockMs })
  const ends: SegmenterEvent[] = []
  for (const block of blocks([0.5, 70], [0.3, 2], [0.5, 20], [0.4, 2], [0.5, 50])) {
    segmenter.keepTogether(80 * blockMs)
    ends.push(...(await segmenter.push(block)).filter(({ type }) => type === 'end'))
  }
  t.equal(ends[0]?.type === 'end' && ends[0].samples.length, 93 * blockSamples)
})

void t.test('no block is in two utterances', async (t) => {
  const { ends } = await run(blocks([0.5, 10], [0, 20], [0.5, 10], [0, 25]))
  t.equal(ends.length, 2)
  const used = ends.flatMap(({ samples }) => numbers(samples))
  t.equal(new Set(used).size, used.length)
})

void t.test('speech without a pause is cut at the quietest place and nothing is lost', async (t) => {
  const input = blocks([0.5, 80], [0.3, 2], [0.5, 150])
  const options = { maxUtteranceMs: 100 * blockMs, cutSearchMs: 40 * blockMs }
  const { events, ends, segmenter } = await run(input, options)
  t.equal(ends[0]?.samples.length, 81 * blockSamples, 'the cut is between the two quieter blocks')
  t.same(
    events.slice(0, 3).map(({ type }) => type),
    ['begin', 'end', 'begin'],
  )
  t.match(events[2], { startMs: 81 * blockMs })

  const all = [...ends, ...segmenter.finish().filter((event) => event.type === 'end')]
  t.ok(all.every(({ samples }) => samples.length <= 100 * blockSamples))
  t.same(
    joinSamples(all.map(({ samples }) => samples)),
    joinSamples(input.map(({ samples }) => samples)),
    'the utterances together are the input',
  )
})

void t.test(
  'what is left after a cut is told however short, and not at all where it is silence',
  async (t) => {
    const options = { maxUtteranceMs: 50 * blockMs, cutSearchMs: 10 * blockMs }
    const speech = await run(blocks([0.5, 45], [0, 2], [0.5, 3], [0, 30]), options)
    t.same(numbers(speech.ends[1]?.samples), range(46, 56))
    const silence = await run(blocks([0.5, 48], [0, 40]), options)
    t.equal(silence.events.length, 2)
  },
)

void t.test('finish ends the utterance now', async (t) => {
  const { segmenter, events } = await run(blocks([0, 12], [0.5, 10]))
  t.match(events, [{ type: 'begin' }])
  const [end, ...more] = segmenter.finish()
  t.ok(end?.type === 'end')
  t.same(end?.type === 'end' && numbers(end.samples), range(3, 22))
  t.same(more, [])
  t.same(segmenter.finish(), [], 'and only once')
})

void t.test('however long there is no silence, no utterance is too long', async (t) => {
  const { segmenter, ends } = await run(blocks([0.5, 2000]), { maxUtteranceMs: 2000, cutSearchMs: 500 })
  t.ok(ends.length >= 30)
  const [end] = segmenter.finish()
  t.ok(end?.type === 'end' && end.samples.length <= 2000 * 16)
})
