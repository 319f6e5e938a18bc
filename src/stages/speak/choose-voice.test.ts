import t from 'tap'
import { chooseVoice, orderedVoices, speakWith } from './choose-voice.ts'
import type { Synthesizer, Voice } from './synthesizer.ts'

const { signal } = new AbortController()

/** Yields one sample of `value` for each text; where it fails, after so many samples. */
function createSynthesizer(
  engine: string,
  voices: readonly Partial<Voice>[],
  { value = 0, failsAfter = Infinity } = {},
): Synthesizer {
  return {
    info: {
      voices: voices.map((voice) => ({ id: '', language: 'en', engine, ...voice })),
      sampleRate: 24_000,
    },
    async *synthesize() {
      if (failsAfter === 0) throw new Error(`${engine} fails`)
      yield { samples: Float32Array.of(value) }
      if (failsAfter === 1) throw new Error(`${engine} fails`)
    },
  }
}

async function speak(synthesizers: readonly Synthesizer[], options = { signal }): Promise<number[]> {
  const values: number[] = []
  const chosen = chooseVoice(synthesizers, 'en', undefined)!
  for await (const { samples } of speakWith(chosen, { text: '', language: 'en' }, options)) {
    values.push(...samples)
  }
  return values
}

const robotic = createSynthesizer('robot', [
  { id: 'robot-de', language: 'de', robotic: true },
  { id: 'robot-en', robotic: true },
])
const first = createSynthesizer('first', [{ id: 'ann' }, { id: 'bob' }])
const second = createSynthesizer('second', [{ id: 'cid' }])

t.test('robotic voices stand behind all others', (t) => {
  t.same(
    orderedVoices([robotic, first, second]).map(({ id }) => id),
    ['ann', 'bob', 'cid', 'robot-de', 'robot-en'],
  )
  t.end()
})

t.test('the wanted voice, else the first; behind it one of each other engine', (t) => {
  const choose = (language: string, wanted?: string): string[] => {
    const chosen = chooseVoice([robotic, first, second], language, wanted)
    return chosen ? [chosen, ...chosen.fallbacks].map(({ voice }) => voice) : []
  }
  t.same(choose('en'), ['ann', 'cid', 'robot-en'])
  t.same(choose('en', 'bob'), ['bob', 'cid', 'robot-en'])
  t.same(choose('en', 'robot-en'), ['robot-en', 'ann', 'cid'])
  t.same(choose('en', 'robot-de'), ['ann', 'cid', 'robot-en'], 'which speaks another language')
  t.same(choose('de'), ['robot-de'])
  t.same(choose('fr'), [])
  t.end()
})

t.test('where a voice fails, the next one speaks', async (t) => {
  const broken = (engine: string): Synthesizer =>
    createSynthesizer(engine, [{ id: engine }], { failsAfter: 0 })
  const sound = createSynthesizer('sound', [{ id: 'sound' }], { value: 3 })
  t.same(await speak([broken('one'), broken('two'), sound]), [3])
  await t.rejects(speak([broken('one'), broken('two')]), /two fails/)
})

t.test('what has begun is not begun again, nor what nobody wants any more', async (t) => {
  const stops = createSynthesizer('stops', [{ id: 'stops' }], { failsAfter: 1 })
  await t.rejects(speak([stops, second]), /stops fails/)
  const never = createSynthesizer('never', [{ id: 'never' }], { failsAfter: 0 })
  await t.rejects(speak([never, second], { signal: AbortSignal.abort() }), /never fails/)
})
