import t from 'tap'
import { VoxbridgeError } from '../../errors.ts'
import { Speculation } from '../../pipeline/attempt.ts'
import type { Passage, Rehearsal, TextItem, TranslatedItem } from '../../pipeline/stage.ts'
import { createTiming } from '../../pipeline/timing.ts'
import { createTranslateStage } from './index.ts'
import type { Translator } from './translator.ts'

const settings = { source: 'auto', target: 'pt', voice: undefined, speed: 1, partials: false, audio: true }

function passage(segment: number, text: string, change: Partial<Passage> = {}): Passage {
  const timing = createTiming(segment, 0, 0)
  return { type: 'passage', segment, final: true, text, language: 'en', timing, settings, ...change }
}

function rehearsal(text: string): Rehearsal {
  return { type: 'rehearsal', text, language: 'en', settings, speculation: new Speculation() }
}

/** Translates to capitals, sentence by sentence. */
const shouting: Translator = {
  info: { routes: [{ sources: ['en'], targets: ['pt'], model: 'shouting' }] },
  async translate({ text, source }) {
    if (source !== 'en') throw new VoxbridgeError('ERR_LANGUAGE_PAIR', `${source}-pt is not loaded`)
    const sentences = text.split(/(?<=\.) /).map((part) => ({ source: part, target: part.toUpperCase() }))
    return { sentences, model: 'shouting', modelMs: 3 }
  },
}

async function run(input: readonly TextItem[], translator = shouting): Promise<TranslatedItem[]> {
  async function* source(): AsyncGenerator<TextItem> {
    yield* input
  }
  const items: TranslatedItem[] = []
  const { signal } = new AbortController()
  const stage = createTranslateStage({ translator, channel: 'c', signal })
  for await (const item of stage(source())) items.push(item)
  return items
}

/** Writes down what it is asked, and fails while `failing` is true. */
function createCounting() {
  const asked: string[] = []
  const state = { failing: false }
  const translator: Translator = {
    ...shouting,
    async translate(request, options) {
      asked.push(request.text)
      if (state.failing) throw new VoxbridgeError('ERR_QUEUE_FULL', 'busy')
      return shouting.translate(request, options)
    },
  }
  return { translator, asked, state }
}

void t.test('each sentence of a passage is an item, the last one of the segment is marked', async (t) => {
  t.match(await run([passage(1, 'One. Two.')]), [
    { type: 'translation', segment: 1, clause: 0, final: false, text: 'ONE.', language: 'pt' },
    { type: 'translation', segment: 1, clause: 1, final: true, text: 'TWO.', timing: { mtMs: Number } },
  ])
})

void t.test('clauses are counted over the passages of a segment', async (t) => {
  const items = await run([
    passage(1, 'One. Two.', { final: false }),
    passage(1, 'Three.'),
    passage(2, 'Four.'),
  ])
  t.match(items, [
    { segment: 1, clause: 0, final: false },
    { segment: 1, clause: 1, final: false },
    { segment: 1, clause: 2, final: true },
    { segment: 2, clause: 0, final: true },
  ])
})

void t.test('what was said in the target language stays as it is', async (t) => {
  const items = await run([passage(1, 'Olá. Bom dia.', { language: 'pt' })])
  t.match(items, [{ type: 'translation', clause: 0, final: true, text: 'Olá. Bom dia.' }])
})

void t.test('what is not for it passes on', async (t) => {
  const item: TextItem = { type: 'speech-end', segment: 1, endMs: 5 }
  t.same(await run([item]), [item])
})

void t.test('an empty translation is told, so that the segment can be closed', async (t) => {
  const translator: Translator = {
    ...shouting,
    translate: async () => ({ sentences: [{ source: 'Hm.', target: ' ' }], model: 'mute', modelMs: 1 }),
  }
  t.match(await run([passage(1, 'Hm.')], translator), [{ type: 'translation', text: '', final: true }])
  t.match(await run([passage(1, '')], translator), [{ type: 'translation', text: '', final: true }])
  t.same(await run([passage(1, 'Hm.', { final: false })], translator), [])
})

void t.test('a passage that fails is told and the next one is translated', async (t) => {
  t.match(await run([passage(1, 'Hallo.', { language: 'de' }), passage(2, 'Hello.')]), [
    { type: 'error', code: 'ERR_LANGUAGE_PAIR', segment: 1 },
    { type: 'translation', segment: 2, text: 'HELLO.' },
  ])
})

void t.test('a rehearsed passage is translated once; its first sentence is what to expect', async (t) => {
  const { translator, asked } = createCounting()
  const item = rehearsal('One. Two.')
  t.match(await run([item, passage(1, 'One. Two.'), passage(2, 'One. Two.')], translator), [
    { type: 'rehearsal', text: 'ONE.', language: 'pt', speculation: { workMs: 3 } },
    { type: 'translation', segment: 1, text: 'ONE.' },
    { type: 'translation', segment: 1, text: 'TWO.' },
    { type: 'translation', segment: 2, text: 'ONE.' },
    { type: 'translation', segment: 2, text: 'TWO.' },
  ])
  t.same(asked, ['One. Two.', 'One. Two.'], 'it serves one passage')
})

void t.test(
  'a rehearsal that is abandoned, fails or foresees something else is of no consequence',
  async (t) => {
    const { translator, asked } = createCounting()
    const abandoned = rehearsal('Gone.')
    abandoned.speculation.abandon()
    t.match(await run([abandoned, rehearsal('Other.'), passage(1, 'One.')], translator), [
      { type: 'rehearsal', text: 'OTHER.' },
      { type: 'translation', text: 'ONE.' },
    ])
    t.same(asked.at(-1), 'One.')
    const failing = createCounting()
    async function* source(): AsyncGenerator<TextItem> {
      failing.state.failing = true
      yield rehearsal('One.')
      failing.state.failing = false
      yield passage(1, 'One.')
    }
    const { signal } = new AbortController()
    const stage = createTranslateStage({ translator: failing.translator, channel: 'c', signal })
    const items: TranslatedItem[] = []
    for await (const item of stage(source())) items.push(item)
    t.match(items, [{ type: 'translation', text: 'ONE.' }])
  },
)
